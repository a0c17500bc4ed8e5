import type { BlobId, MailAccountId, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { DsnRequest } from "@casaforte/smtp";
import { type DsnColumns, dsnOfRow } from "./dsn.ts";
import type { Hold, Outgoing, OutgoingId, QueueEntry, QueueId, QueueState, TraceId } from "./types.ts";

interface QueueRow extends DsnColumns {
  is_delay_told: boolean;
  tenant_id: TenantId;
  id: QueueId;
  outgoing_id: OutgoingId;
  recipient: string;
  domain: string;
  state: QueueState;
  attempts: number;
  next_at: Date;
  expires_at: Date;
  last_reply: string | null;
  created_at: Date;
  hold: Hold | null;
  trace_id: TraceId;
  mail_account_id: MailAccountId | null;
  rules_of: MailAccountId | null;
  is_system: boolean;
  blob_id: BlobId;
  size_bytes: bigint;
  sha256: Buffer;
  sender: string;
  header_message_id: string;
  hops: number;
}

const toEntry = (row: QueueRow): QueueEntry => ({
  id: row.id,
  recipient: row.recipient,
  domain: row.domain,
  state: row.state,
  attempts: row.attempts,
  nextAt: row.next_at,
  expiresAt: row.expires_at,
  lastReply: row.last_reply,
  createdAt: row.created_at,
  dsn: dsnOfRow(row),
  isDelayTold: row.is_delay_told,
  hold: row.hold,
  outgoing: {
    tenantId: row.tenant_id,
    id: row.outgoing_id,
    traceId: row.trace_id,
    mailAccountId: row.mail_account_id,
    rulesOf: row.rules_of,
    isSystem: row.is_system,
    blobId: row.blob_id,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    sender: row.sender,
    headerMessageId: row.header_message_id,
    hops: row.hops,
    createdAt: row.created_at,
  },
});

const columns = (tx: TenantTx | OperatorTx) =>
  tx.sql`q.tenant_id, q.id, q.outgoing_id, q.recipient, q.domain, q.state, q.attempts, q.next_at, q.expires_at, q.last_reply,
    q.created_at, q.dsn_notify, q.dsn_original, q.dsn_envelope, q.dsn_returns, q.is_delay_told, q.hold, o.trace_id, o.mail_account_id, o.rules_of, o.is_system, o.blob_id, o.size_bytes, o.sha256, o.sender, o.header_message_id, o.hops`;

/** Returns false when the message is there already. */
export async function insertOutgoing(tx: TenantTx, outgoing: Outgoing): Promise<boolean> {
  const rows = await tx.sql`
    insert into mailflow_outgoing (tenant_id, id, trace_id, mail_account_id, rules_of, is_system, blob_id, size_bytes, sha256,
      sender, header_message_id, hops, created_at)
    values (${tx.tenantId}, ${outgoing.id}, ${outgoing.traceId}, ${outgoing.mailAccountId}, ${outgoing.rulesOf},
      ${outgoing.isSystem}, ${outgoing.blobId}, ${outgoing.sizeBytes}, ${Buffer.from(outgoing.sha256)}, ${outgoing.sender}, ${outgoing.headerMessageId},
      ${outgoing.hops}, ${outgoing.createdAt})
    on conflict (tenant_id, id) do nothing returning 1`;
  return rows.length > 0;
}

export async function insertQueueEntry(
  tx: TenantTx,
  entry: {
    id: QueueId;
    outgoingId: OutgoingId;
    recipient: string;
    domain: string;
    at: Date;
    expiresAt: Date;
    dsn: DsnRequest;
  },
): Promise<void> {
  const { notify, originalRecipient, envelopeId, returns } = entry.dsn;
  await tx.sql`
    insert into mailflow_queue (tenant_id, id, outgoing_id, recipient, domain, state, next_at, expires_at, created_at,
      dsn_notify, dsn_original, dsn_envelope, dsn_returns)
    values (${tx.tenantId}, ${entry.id}, ${entry.outgoingId}, ${entry.recipient}, ${entry.domain}, 'waiting', ${entry.at},
      ${entry.expiresAt}, ${entry.at}, ${notify === null ? null : [...notify]}::text[], ${originalRecipient}, ${envelopeId}, ${returns})`;
}

/** `isLocked` holds the entry until the end of the transaction. */
export async function selectQueueEntry(tx: TenantTx, id: QueueId, isLocked = false): Promise<QueueEntry | null> {
  const [row] = await tx.sql<QueueRow[]>`
    select ${columns(tx)} from mailflow_queue q
    join mailflow_outgoing o on o.tenant_id = q.tenant_id and o.id = q.outgoing_id
    where q.tenant_id = ${tx.tenantId} and q.id = ${id} ${isLocked ? tx.sql`for update of q` : tx.sql``}`;
  return row ? toEntry(row) : null;
}

export async function finishQueueEntry(
  tx: TenantTx,
  id: QueueId,
  result: { state: "sent" | "failed" | "dropped"; reply: string; at: Date; isDelivered?: boolean },
): Promise<void> {
  await tx.sql`
    update mailflow_queue set state = ${result.state}, done_at = ${result.at}, last_reply = ${result.reply}, attempts = attempts + 1,
      is_delivered = ${result.isDelivered === true}
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'waiting'`;
}

export interface RecipientResult {
  readonly recipient: string;
  readonly state: QueueState;
  readonly isDelivered: boolean;
  readonly reply: string | null;
}

/** What became of messages, by their ids; those of which nothing is kept any more are left out. */
export async function selectOutcomes(
  tx: TenantTx,
  ids: readonly OutgoingId[],
): Promise<ReadonlyMap<string, readonly RecipientResult[]>> {
  const rows = await tx.sql<(RecipientResult & { id: OutgoingId })[]>`
    select outgoing_id as id, recipient, state, is_delivered as "isDelivered", last_reply as reply from mailflow_queue
    where tenant_id = ${tx.tenantId} and outgoing_id = any(${[...ids]}::uuid[]) order by recipient`;
  const found = new Map<string, RecipientResult[]>();
  for (const { id, ...result } of rows) found.set(id, [...(found.get(id) ?? []), result]);
  return found;
}

export async function deferQueueEntry(
  tx: TenantTx,
  id: QueueId,
  result: { reply: string; nextAt: Date; countsAsTry: boolean; tellsDelay?: boolean },
): Promise<void> {
  await tx.sql`
    update mailflow_queue set attempts = attempts + ${result.countsAsTry ? 1 : 0}, next_at = ${result.nextAt}, last_reply = ${result.reply},
      is_delay_told = is_delay_told or ${result.tellsDelay === true}
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'waiting'`;
}

/**
 * The blob of a message none of whose recipients waits any more, or null while one does. The message's row is locked
 * first, so that of two recipients finishing at once the second sees the first.
 */
export async function takeFinishedBlob(tx: TenantTx, outgoingId: OutgoingId): Promise<BlobId | null> {
  const [row] = await tx.sql<{ blob_id: BlobId }[]>`
    select blob_id from mailflow_outgoing where tenant_id = ${tx.tenantId} and id = ${outgoingId} for update`;
  if (!row) return null;
  const waiting = await tx.sql`
    select 1 from mailflow_queue where tenant_id = ${tx.tenantId} and outgoing_id = ${outgoingId} and state = 'waiting' limit 1`;
  return waiting.length > 0 ? null : row.blob_id;
}

export interface QueueFilter {
  /** `held` waits as well, but is not tried. */
  readonly state?: QueueState | "held";
  readonly domain?: string;
  /** In small letters. */
  readonly address?: string;
  readonly limit: number;
}

function stateIs(tx: TenantTx | OperatorTx, state: QueueFilter["state"]) {
  if (state === undefined) return tx.sql``;
  if (state === "held") return tx.sql`and q.state = 'waiting' and q.hold = 'held'`;
  return tx.sql`and q.state = ${state} ${state === "waiting" ? tx.sql`and q.hold is distinct from 'held'` : tx.sql``}`;
}

/** Oldest first; of all tenants in an operator's transaction. */
export async function selectQueue(tx: TenantTx | OperatorTx, filter: QueueFilter): Promise<QueueEntry[]> {
  const rows = await tx.sql<QueueRow[]>`
    select ${columns(tx)} from mailflow_queue q
    join mailflow_outgoing o on o.tenant_id = q.tenant_id and o.id = q.outgoing_id
    where ${tx.scope === "tenant" ? tx.sql`q.tenant_id = ${tx.tenantId}` : tx.sql`true`}
      ${stateIs(tx, filter.state)}
      ${filter.domain === undefined ? tx.sql`` : tx.sql`and q.domain = ${filter.domain}`}
      ${filter.address === undefined ? tx.sql`` : tx.sql`and (lower(q.recipient) = ${filter.address} or lower(o.sender) = ${filter.address})`}
    order by q.created_at, q.id limit ${filter.limit}`;
  return rows.map(toEntry);
}

/** What waits to be sent for these accounts or in the name of that domain. */
export async function selectWaitingOf(
  tx: TenantTx,
  { accounts, domainName }: { readonly accounts: readonly MailAccountId[]; readonly domainName: string },
  limit: number,
): Promise<QueueEntry[]> {
  const rows = await tx.sql<QueueRow[]>`
    select ${columns(tx)} from mailflow_queue q
    join mailflow_outgoing o on o.tenant_id = q.tenant_id and o.id = q.outgoing_id
    where q.tenant_id = ${tx.tenantId} and q.state = 'waiting' and (o.mail_account_id = any(${[...accounts]}::uuid[])
      or right(lower(o.sender), length(${domainName}::text) + 1) = '@' || ${domainName}::text)
    order by q.id limit ${limit}`;
  return rows.map(toEntry);
}

export async function selectOverdueEntries(tx: TenantTx, before: Date, limit: number): Promise<QueueId[]> {
  const rows = await tx.sql<{ id: QueueId }[]>`
    select id from mailflow_queue where tenant_id = ${tx.tenantId} and state = 'waiting' and next_at < ${before}
    order by next_at limit ${limit}`;
  return rows.map((row) => row.id);
}

/** Messages all of whose recipients finished before that time, entries included. */
export async function deleteFinishedOutgoing(tx: TenantTx, before: Date, limit: number): Promise<number> {
  const gone = await tx.sql`
    delete from mailflow_outgoing o where o.tenant_id = ${tx.tenantId} and o.id in (
      select x.id from mailflow_outgoing x where x.tenant_id = ${tx.tenantId} and x.created_at < ${before} and not exists (
        select 1 from mailflow_queue q where q.tenant_id = x.tenant_id and q.outgoing_id = x.id
          and (q.state = 'waiting' or q.done_at >= ${before}))
      limit ${limit})`;
  return gone.count;
}
