import type { Address } from "@casaforte/jmap";
import type { BlobId, MailAccountId, MailboxId, MessageId, ThreadId } from "@casaforte/kernel";
import type { MessageIndex } from "@casaforte/mime";
import type { TenantTx } from "@casaforte/platform/db";
import { inSight } from "./store-sight.ts";

export interface JmapMessageRow {
  readonly id: MessageId;
  readonly threadId: ThreadId;
  readonly sizeBytes: number;
  readonly receivedAt: Date;
  readonly index: MessageIndex;
  readonly preview: string;
  readonly hasAttachment: boolean;
  readonly mailboxIds: readonly MailboxId[];
  readonly flags: number;
  readonly keywords: readonly string[];
}

/** Messages with their places; those that are in no mailbox any more are left out. */
export async function selectJmapMessages(
  tx: TenantTx,
  accountId: MailAccountId,
  ids: readonly MessageId[],
): Promise<readonly JmapMessageRow[]> {
  return tx.sql<JmapMessageRow[]>`
    select m.id, m.thread_id as "threadId", m.size_bytes::float8 as "sizeBytes", m.received_at as "receivedAt", c.index,
      c.preview, c.has_attachment as "hasAttachment", p.mailbox_ids as "mailboxIds", p.flags, p.keywords
    from mailbox_messages m
    join mailbox_contents c on c.tenant_id = ${tx.tenantId} and c.blob_id = m.blob_id
    join lateral (select array_agg(q.mailbox_id) as mailbox_ids, max(q.flags) as flags, max(q.keywords) as keywords
      from mailbox_memberships q where q.tenant_id = ${tx.tenantId} and q.message_id = m.id
        ${inSight(tx, accountId, tx.sql`q.mailbox_id`)}) p on p.mailbox_ids is not null
    where m.tenant_id = ${tx.tenantId} and m.account_id = ${accountId} and m.id = any(${[...ids]}::uuid[])`;
}

/** Threads with their messages, oldest first. */
export async function selectThreads(
  tx: TenantTx,
  accountId: MailAccountId,
  ids: readonly ThreadId[],
): Promise<readonly { readonly id: ThreadId; readonly emailIds: readonly MessageId[] }[]> {
  return tx.sql<{ id: ThreadId; emailIds: MessageId[] }[]>`
    select m.thread_id as id, array_agg(m.id order by m.received_at, m.id) as "emailIds" from mailbox_messages m
    where m.tenant_id = ${tx.tenantId} and m.account_id = ${accountId} and m.thread_id = any(${[...ids]}::uuid[])
      and exists (select 1 from mailbox_memberships p where p.tenant_id = ${tx.tenantId} and p.message_id = m.id
        ${inSight(tx, accountId, tx.sql`p.mailbox_id`)})
    group by m.thread_id`;
}

/** How many threads a mailbox had as of a modseq, and how many of them hold an unread message there. */
export interface ThreadCount {
  readonly modseq: number;
  readonly uidValidity: number;
  readonly total: number;
  readonly unread: number;
}

/** Threads in these mailboxes of the account. `isPure`: this transaction has changed nothing, so that what is told is committed. */
export async function selectThreadCounts(
  tx: TenantTx,
  accountId: MailAccountId,
  mailboxIds: readonly MailboxId[],
): Promise<{ readonly counts: ReadonlyMap<MailboxId, ThreadCount>; readonly isPure: boolean }> {
  const rows = await tx.sql<(ThreadCount & { readonly id: MailboxId; readonly isPure: boolean })[]>`
    select b.id, b.highest_modseq::float8 as modseq, b.uidvalidity as "uidValidity", t.total, t.unread,
      pg_current_xact_id_if_assigned() is null as "isPure"
    from mailbox_mailboxes b
    cross join lateral (select count(*)::int as total, (count(*) filter (where is_unread))::int as unread from (
      select bool_or(p.flags & 1 = 0) as is_unread from mailbox_memberships p
      where p.tenant_id = ${tx.tenantId} and p.mailbox_id = b.id group by p.thread_id) g) t
    where b.tenant_id = ${tx.tenantId} and b.account_id = ${accountId} and b.id = any(${[...mailboxIds]}::uuid[])`;
  const counts = new Map(rows.map(({ id, isPure: _, ...count }) => [id, count]));
  return { counts, isPure: rows.every(({ isPure }) => isPure) };
}

export async function selectMessageBlob(
  tx: TenantTx,
  accountId: MailAccountId,
  id: MessageId,
): Promise<{ readonly blobId: BlobId; readonly threadId: ThreadId } | null> {
  const [row] = await tx.sql<{ blobId: BlobId; threadId: ThreadId }[]>`
    select m.blob_id as "blobId", m.thread_id as "threadId" from mailbox_messages m
    where m.tenant_id = ${tx.tenantId} and m.account_id = ${accountId} and m.id = ${id}
      and exists (select 1 from mailbox_memberships p where p.tenant_id = ${tx.tenantId} and p.message_id = m.id
        ${inSight(tx, accountId, tx.sql`p.mailbox_id`)})`;
  return row ?? null;
}

export async function insertUpload(
  tx: TenantTx,
  upload: {
    readonly accountId: MailAccountId;
    readonly blobId: BlobId;
    readonly mediaType: string;
    readonly sizeBytes: bigint;
    readonly at: Date;
  },
): Promise<void> {
  await tx.sql`insert into mailbox_uploads (tenant_id, account_id, blob_id, media_type, size_bytes, uploaded_at)
    values (${tx.tenantId}, ${upload.accountId}, ${upload.blobId}, ${upload.mediaType}, ${upload.sizeBytes}, ${upload.at})`;
}

/** Deletes the rows of an account's oldest uploads, so that the others are not beyond these bounds; the newest stays. */
export async function takeUploadsBeyond(
  tx: TenantTx,
  bounds: {
    readonly accountId: MailAccountId;
    readonly newest: BlobId;
    readonly bytes: bigint;
    readonly count: number;
  },
): Promise<readonly BlobId[]> {
  const rows = await tx.sql<{ blobId: BlobId }[]>`
    with ranked as (
      select o.blob_id, sum(o.size_bytes) over newest_first as bytes, row_number() over newest_first as place
      from mailbox_uploads o where o.tenant_id = ${tx.tenantId} and o.account_id = ${bounds.accountId}
      window newest_first as (order by o.blob_id = ${bounds.newest} desc, o.uploaded_at desc, o.blob_id desc))
    delete from mailbox_uploads u using ranked r
    where u.tenant_id = ${tx.tenantId} and u.account_id = ${bounds.accountId} and u.blob_id = r.blob_id
      and u.blob_id <> ${bounds.newest} and (r.bytes > ${bounds.bytes}::bigint or r.place > ${bounds.count}::int)
      and not exists (select 1 from mailbox_contents c where c.tenant_id = ${tx.tenantId} and c.blob_id = u.blob_id)
    returning u.blob_id as "blobId"`;
  return rows.map((row) => row.blobId);
}

export async function selectUpload(tx: TenantTx, accountId: MailAccountId, blobId: BlobId): Promise<string | null> {
  const [row] = await tx.sql<{ type: string }[]>`select media_type as type from mailbox_uploads
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} and blob_id = ${blobId}`;
  return row?.type ?? null;
}

export interface IdentityRow {
  readonly address: string;
  readonly name: string;
  readonly replyTo: readonly Address[] | null;
  readonly bcc: readonly Address[] | null;
  readonly textSignature: string;
  readonly htmlSignature: string;
}

export async function selectIdentities(tx: TenantTx, accountId: MailAccountId): Promise<readonly IdentityRow[]> {
  return tx.sql<
    IdentityRow[]
  >`select address, name, reply_to as "replyTo", bcc, text_signature as "textSignature", html_signature as "htmlSignature"
    from mailbox_identities where tenant_id = ${tx.tenantId} and account_id = ${accountId}`;
}

export async function putIdentity(tx: TenantTx, accountId: MailAccountId, identity: IdentityRow): Promise<void> {
  const json = (list: IdentityRow["bcc"]) => (list === null ? null : JSON.stringify(list));
  await tx.sql`insert into mailbox_identities (tenant_id, account_id, address, name, reply_to, bcc, text_signature, html_signature)
    values (${tx.tenantId}, ${accountId}, ${identity.address}, ${identity.name}, ${json(identity.replyTo)}::text::jsonb,
      ${json(identity.bcc)}::text::jsonb, ${identity.textSignature}, ${identity.htmlSignature})
    on conflict (tenant_id, account_id, address) do update set name = excluded.name, reply_to = excluded.reply_to,
      bcc = excluded.bcc, text_signature = excluded.text_signature, html_signature = excluded.html_signature`;
}
