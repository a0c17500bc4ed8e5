import type { BlobId, Id, MailAccountId, TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { MessageBlob, TraceId } from "./types.ts";

export type QuarantineId = Id<"Quarantined">;

/** A message held back from an account. */
export interface Quarantined extends MessageBlob {
  readonly tenantId: TenantId;
  readonly id: QuarantineId;
  readonly traceId: TraceId;
  readonly mailAccountId: MailAccountId;
  readonly sender: string;
  readonly recipient: string;
  readonly headerMessageId: string;
  /** The From field, decoded, for people. */
  readonly headerFrom: string;
  readonly subject: string;
  readonly score: number;
  readonly reasons: readonly string[];
  readonly state: "held" | "released" | "deleted";
  readonly heldAt: Date;
}

interface Row {
  tenant_id: TenantId;
  id: QuarantineId;
  trace_id: TraceId;
  mail_account_id: MailAccountId;
  blob_id: BlobId;
  size_bytes: bigint;
  sha256: Buffer;
  sender: string;
  recipient: string;
  header_message_id: string;
  header_from: string;
  subject: string;
  score: number;
  reasons: string[];
  state: Quarantined["state"];
  held_at: Date;
}

const toQuarantined = (row: Row): Quarantined => ({
  tenantId: row.tenant_id,
  id: row.id,
  traceId: row.trace_id,
  mailAccountId: row.mail_account_id,
  blobId: row.blob_id,
  sizeBytes: row.size_bytes,
  sha256: row.sha256,
  sender: row.sender,
  recipient: row.recipient,
  headerMessageId: row.header_message_id,
  headerFrom: row.header_from,
  subject: row.subject,
  score: row.score,
  reasons: row.reasons,
  state: row.state,
  heldAt: row.held_at,
});

export async function insertQuarantined(tx: TenantTx, held: Quarantined): Promise<void> {
  await tx.sql`
    insert into mailflow_quarantine (tenant_id, id, trace_id, mail_account_id, blob_id, size_bytes, sha256, sender, recipient,
      header_message_id, header_from, subject, score, reasons, state, held_at)
    values (${tx.tenantId}, ${held.id}, ${held.traceId}, ${held.mailAccountId}, ${held.blobId}, ${held.sizeBytes},
      ${Buffer.from(held.sha256)}, ${held.sender}, ${held.recipient}, ${held.headerMessageId}, ${held.headerFrom},
      ${held.subject}, ${held.score}, ${[...held.reasons]}, 'held', ${held.heldAt})`;
}

export interface QuarantineFilter {
  readonly mailAccountId?: MailAccountId;
  /** Part of sender, recipient, From or subject. */
  readonly text?: string;
  /** Older than this row, for the next page. */
  readonly before?: QuarantineId;
  readonly limit: number;
}

/** What is held, newest first. */
export async function selectQuarantine(tx: TenantTx, filter: QuarantineFilter): Promise<Quarantined[]> {
  const part = filter.text === undefined ? null : `%${filter.text.replace(/[\\%_]/g, "\\$&")}%`;
  const rows = await tx.sql<Row[]>`
    select * from mailflow_quarantine where tenant_id = ${tx.tenantId} and state = 'held'
      ${filter.mailAccountId === undefined ? tx.sql`` : tx.sql`and mail_account_id = ${filter.mailAccountId}`}
      ${part === null ? tx.sql`` : tx.sql`and (sender ilike ${part} or recipient ilike ${part} or header_from ilike ${part} or subject ilike ${part})`}
      ${filter.before === undefined ? tx.sql`` : tx.sql`and id < ${filter.before}`}
    order by id desc limit ${filter.limit}`;
  return rows.map(toQuarantined);
}

/** Locks the row until the end of the transaction: it is decided once. */
export async function lockQuarantined(tx: TenantTx, id: QuarantineId): Promise<Quarantined | null> {
  const [row] = await tx.sql<Row[]>`
    select * from mailflow_quarantine where tenant_id = ${tx.tenantId} and id = ${id} for update`;
  return row ? toQuarantined(row) : null;
}

export async function finishQuarantined(
  tx: TenantTx,
  id: QuarantineId,
  state: "released" | "deleted",
  at: Date,
): Promise<void> {
  await tx.sql`
    update mailflow_quarantine set state = ${state}, done_at = ${at} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function selectHeldBefore(tx: TenantTx, before: Date, limit: number): Promise<readonly QuarantineId[]> {
  const rows = await tx.sql<{ id: QuarantineId }[]>`
    select id from mailflow_quarantine where tenant_id = ${tx.tenantId} and state = 'held' and held_at < ${before}
    order by held_at limit ${limit}`;
  return rows.map(({ id }) => id);
}

export async function deleteFinishedQuarantine(tx: TenantTx, before: Date, limit: number): Promise<void> {
  await tx.sql`
    delete from mailflow_quarantine where tenant_id = ${tx.tenantId} and id in (
      select id from mailflow_quarantine where tenant_id = ${tx.tenantId} and state <> 'held' and done_at < ${before} limit ${limit})`;
}

/** Takes what no digest has told of yet, at most `limit`, and marks it told. */
export async function takeUntold(tx: TenantTx, limit: number): Promise<Quarantined[]> {
  const rows = await tx.sql<Row[]>`
    update mailflow_quarantine set is_told = true where tenant_id = ${tx.tenantId} and id in (
      select id from mailflow_quarantine where tenant_id = ${tx.tenantId} and state = 'held' and not is_told
      order by id limit ${limit} for update) returning *`;
  return rows.map(toQuarantined).sort((a, b) => (a.id < b.id ? -1 : 1));
}
