import type { BlobId, MailAccountId, MessageId, TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { type DsnColumns, dsnOfRow } from "./dsn.ts";
import type { Delivery, DeliveryId, TraceId } from "./types.ts";

interface DeliveryRow extends DsnColumns {
  is_delay_told: boolean;
  tenant_id: TenantId;
  id: DeliveryId;
  trace_id: TraceId;
  mail_account_id: MailAccountId;
  blob_id: BlobId;
  size_bytes: bigint;
  sha256: Buffer;
  sender: string;
  recipient: string;
  header_message_id: string;
  place: Delivery["place"];
  state: Delivery["state"];
  attempts: number;
  accepted_at: Date;
}

const toDelivery = (row: DeliveryRow): Delivery => ({
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
  place: row.place,
  state: row.state,
  attempts: row.attempts,
  acceptedAt: row.accepted_at,
  dsn: dsnOfRow(row),
  isDelayTold: row.is_delay_told,
});

/** Returns false when the delivery is there already: the hand-over ran twice. */
export async function insertDelivery(tx: TenantTx, delivery: Delivery): Promise<boolean> {
  const { notify, originalRecipient, envelopeId, returns } = delivery.dsn;
  const rows = await tx.sql`
    insert into mailflow_deliveries (tenant_id, id, trace_id, mail_account_id, blob_id, size_bytes, sha256, sender, recipient,
      header_message_id, place, state, next_at, accepted_at, dsn_notify, dsn_original, dsn_envelope, dsn_returns)
    values (${tx.tenantId}, ${delivery.id}, ${delivery.traceId}, ${delivery.mailAccountId}, ${delivery.blobId},
      ${delivery.sizeBytes}, ${Buffer.from(delivery.sha256)}, ${delivery.sender}, ${delivery.recipient},
      ${delivery.headerMessageId}, ${delivery.place}, 'accepted', ${delivery.acceptedAt}, ${delivery.acceptedAt},
      ${notify === null ? null : [...notify]}::text[], ${originalRecipient}, ${envelopeId}, ${returns})
    on conflict (tenant_id, id) do nothing returning 1`;
  return rows.length > 0;
}

/** `isLocked` holds the row until the end of the transaction: one worker finishes it. */
export async function selectDelivery(tx: TenantTx, id: DeliveryId, isLocked = false): Promise<Delivery | null> {
  const [row] = await tx.sql<DeliveryRow[]>`
    select tenant_id, id, trace_id, mail_account_id, blob_id, size_bytes, sha256, sender, recipient, header_message_id, place, state,
      attempts, accepted_at, dsn_notify, dsn_original, dsn_envelope, dsn_returns, is_delay_told
    from mailflow_deliveries where tenant_id = ${tx.tenantId} and id = ${id} ${isLocked ? tx.sql`for update` : tx.sql``}`;
  return row ? toDelivery(row) : null;
}

export async function markDelivered(tx: TenantTx, id: DeliveryId, messageId: MessageId, at: Date): Promise<void> {
  await tx.sql`
    update mailflow_deliveries set state = 'done', done_at = ${at}, mailbox_message_id = ${messageId}, attempts = attempts + 1
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'accepted'`;
}

export async function markDeliveryFailed(tx: TenantTx, id: DeliveryId, error: string, at: Date): Promise<void> {
  await tx.sql`
    update mailflow_deliveries set state = 'failed', done_at = ${at}, last_error = ${error}, attempts = attempts + 1
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'accepted'`;
}

export async function deferDelivery(
  tx: TenantTx,
  id: DeliveryId,
  result: { error: string; nextAt: Date; tellsDelay: boolean },
): Promise<void> {
  await tx.sql`
    update mailflow_deliveries set attempts = attempts + 1, next_at = ${result.nextAt}, last_error = ${result.error},
      is_delay_told = is_delay_told or ${result.tellsDelay}
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'accepted'`;
}

export async function selectOverdueDeliveries(tx: TenantTx, before: Date, limit: number): Promise<DeliveryId[]> {
  const rows = await tx.sql<{ id: DeliveryId }[]>`
    select id from mailflow_deliveries where tenant_id = ${tx.tenantId} and state = 'accepted' and next_at < ${before}
    order by next_at limit ${limit}`;
  return rows.map((row) => row.id);
}

/** What was accepted for these accounts and is not in them yet. */
export async function selectWaitingDeliveries(
  tx: TenantTx,
  accounts: readonly MailAccountId[],
  limit: number,
): Promise<DeliveryId[]> {
  const rows = await tx.sql<{ id: DeliveryId }[]>`
    select id from mailflow_deliveries
    where tenant_id = ${tx.tenantId} and state = 'accepted' and mail_account_id = any(${[...accounts]}::uuid[])
    order by id limit ${limit}`;
  return rows.map(({ id }) => id);
}

export async function deleteFinishedDeliveries(tx: TenantTx, before: Date, limit: number): Promise<number> {
  const gone = await tx.sql`
    delete from mailflow_deliveries where tenant_id = ${tx.tenantId} and id in
      (select id from mailflow_deliveries where tenant_id = ${tx.tenantId} and state <> 'accepted' and done_at < ${before} limit ${limit})`;
  return gone.count;
}

/** Of these blobs, those that mail on its way still needs: the collector must leave them alone. */
export async function selectBlobReferences(tx: TenantTx, ids: readonly BlobId[]): Promise<readonly BlobId[]> {
  const rows = await tx.sql<{ blob_id: BlobId }[]>`
    select blob_id from mailflow_deliveries
    where tenant_id = ${tx.tenantId} and state = 'accepted' and blob_id = any(${[...ids]}::uuid[])
    union select blob_id from mailflow_quarantine
    where tenant_id = ${tx.tenantId} and state = 'held' and blob_id = any(${[...ids]}::uuid[])
    union select o.blob_id from mailflow_outgoing o
    where o.tenant_id = ${tx.tenantId} and o.blob_id = any(${[...ids]}::uuid[]) and exists (
      select 1 from mailflow_queue q where q.tenant_id = o.tenant_id and q.outgoing_id = o.id and q.state = 'waiting')`;
  return rows.map((row) => row.blob_id);
}
