import type { BlobId, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { ticketLimits } from "./limits.ts";
import type {
  ThreadEntry,
  TicketAttachment,
  TicketAttachmentId,
  TicketEntry,
  TicketId,
  TicketThread,
} from "./types.ts";

type AnyTx = TenantTx | OperatorTx;

/** False when the same content was entered before. */
export async function insertEntry(tx: AnyTx, tenantId: TenantId, entry: TicketEntry): Promise<boolean> {
  const key = entry.contentKey === null ? null : Buffer.from(entry.contentKey);
  const added = await tx.sql`
    insert into tickets_entries (tenant_id, id, ticket_id, author, author_id, author_address, body, content_key, message_id, at)
    values (${tenantId}, ${entry.id}, ${entry.ticketId}, ${entry.author}, ${entry.authorId}, ${entry.authorAddress},
      ${entry.body}, ${key}, ${entry.messageId}, ${entry.at})
    on conflict do nothing`;
  return added.count > 0;
}

/** The ticket and those that were merged into it. */
const wholeOf = (tx: AnyTx, tenantId: TenantId, ticketId: TicketId) =>
  tx.sql`(select w.id from tickets_tickets w where w.tenant_id = ${tenantId} and (w.id = ${ticketId} or w.merged_into = ${ticketId}))`;

/**
 * What was said in the ticket and in those that were merged into it: the newest, in order of time, and whether older ones
 * were left out. Mails that say nothing new are none of it, nor are notes where a customer reads.
 */
export async function selectEntries(
  tx: AnyTx,
  tenantId: TenantId,
  ticketId: TicketId,
): Promise<Pick<TicketThread, "entries" | "hasOlder">> {
  const newest = await tx.sql<ThreadEntry[]>`
    select e.id, e.ticket_id as "ticketId", e.author, e.author_id as "authorId", e.author_address as "authorAddress", e.body,
      e.content_key as "contentKey", e.message_id as "messageId", e.at, t.number
    from tickets_entries e join tickets_tickets t on t.tenant_id = e.tenant_id and t.id = e.ticket_id
    where e.tenant_id = ${tenantId} and e.ticket_id in ${wholeOf(tx, tenantId, ticketId)}
      and (e.author <> 'system' or e.content_key is not null)
      ${tx.scope === "tenant" ? tx.sql`and e.author <> 'note'` : tx.sql``}
    order by e.id desc limit ${ticketLimits.entriesMax + 1}`;
  const hasOlder = newest.length > ticketLimits.entriesMax;
  return { entries: newest.slice(0, ticketLimits.entriesMax).toReversed(), hasOlder };
}

/** Across tenants: whether this very mail was taken before. */
export async function hasContent(tx: OperatorTx, contentKey: Uint8Array): Promise<boolean> {
  const [row] = await tx.sql`select 1 from tickets_entries where content_key = ${Buffer.from(contentKey)} limit 1`;
  return row !== undefined;
}

/** The tenant's ticket that one of these mails belongs to; the newest. */
export async function selectTicketOfMessages(
  tx: OperatorTx,
  tenantId: TenantId,
  messageIds: readonly string[],
): Promise<TicketId | null> {
  const [row] = await tx.sql<{ ticketId: TicketId }[]>`
    select ticket_id as "ticketId" from tickets_entries
    where tenant_id = ${tenantId} and message_id <> '' and message_id = any(${[...messageIds]}) order by id desc limit 1`;
  return row?.ticketId ?? null;
}

export async function insertAttachment(tx: AnyTx, tenantId: TenantId, file: TicketAttachment): Promise<void> {
  await tx.sql`
    insert into tickets_attachments (tenant_id, id, entry_id, name, media_type, size_bytes, blob_id)
    values (${tenantId}, ${file.id}, ${file.entryId}, ${file.name}, ${file.mediaType}, ${file.sizeBytes}, ${file.blobId})`;
}

const attachmentColumns = (tx: AnyTx) =>
  tx.sql`a.id, a.entry_id as "entryId", a.name, a.media_type as "mediaType", a.size_bytes as "sizeBytes", a.blob_id as "blobId"`;

export async function selectAttachments(
  tx: AnyTx,
  tenantId: TenantId,
  ticketId: TicketId,
): Promise<TicketAttachment[]> {
  return tx.sql<TicketAttachment[]>`
    select ${attachmentColumns(tx)} from tickets_attachments a
    join tickets_entries e on e.tenant_id = a.tenant_id and e.id = a.entry_id
    where a.tenant_id = ${tenantId} and e.ticket_id in ${wholeOf(tx, tenantId, ticketId)} order by a.id`;
}

/** A file of a ticket; of an operators' note only for operators. */
export async function selectAttachment(
  tx: AnyTx,
  input: { readonly tenantId: TenantId; readonly ticketId: TicketId; readonly id: TicketAttachmentId },
): Promise<TicketAttachment | null> {
  const [row] = await tx.sql<TicketAttachment[]>`
    select ${attachmentColumns(tx)} from tickets_attachments a
    join tickets_entries e on e.tenant_id = a.tenant_id and e.id = a.entry_id
    where a.tenant_id = ${input.tenantId} and e.ticket_id in ${wholeOf(tx, input.tenantId, input.ticketId)} and a.id = ${input.id}
      ${tx.scope === "tenant" ? tx.sql`and e.author <> 'note'` : tx.sql``}`;
  return row ?? null;
}

export async function setAttachmentBlob(
  tx: OperatorTx,
  tenantId: TenantId,
  id: TicketAttachmentId,
  blobId: BlobId,
): Promise<void> {
  await tx.sql`update tickets_attachments set blob_id = ${blobId} where tenant_id = ${tenantId} and id = ${id}`;
}

/** Which of these blobs are files of tickets: for whoever sweeps the store. */
export async function selectBlobReferences(tx: TenantTx, ids: readonly BlobId[]): Promise<readonly BlobId[]> {
  const rows = await tx.sql<{ blobId: BlobId }[]>`
    select blob_id as "blobId" from tickets_attachments where tenant_id = ${tx.tenantId} and blob_id = any(${[...ids]})`;
  return rows.map(({ blobId }) => blobId);
}
