import type { MailAccountId, MailboxId, MessageId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { uidFilter } from "./uid-filter.ts";

export interface SourceRow {
  readonly uid: number;
  readonly messageId: MessageId;
  readonly flags: number;
  readonly sizeBytes: number;
}

/** What COPY and MOVE need to know of their source, ascending by UID. */
export async function selectSource(
  tx: TenantTx,
  mailboxId: MailboxId,
  uids: ArrayLike<number>,
): Promise<readonly SourceRow[]> {
  const rows = await tx.sql<{ uid: number; messageId: MessageId; flags: number; sizeBytes: bigint }[]>`
    select p.uid, p.message_id as "messageId", p.flags, p.size_bytes as "sizeBytes" from mailbox_memberships p
    where p.tenant_id = ${tx.tenantId} and p.mailbox_id = ${mailboxId} ${uidFilter(tx.sql, uids)} order by p.uid`;
  return rows.map((row) => ({ ...row, sizeBytes: Number(row.sizeBytes) }));
}

export interface CopyRows {
  readonly accountId: MailAccountId;
  readonly source: MailboxId;
  readonly target: MailboxId;
  readonly sourceUids: readonly number[];
  readonly messageIds: readonly MessageId[];
  /** UID of the first; the rest follow. */
  readonly firstUid: number;
  readonly modseq: number;
  readonly savedAt: Date;
}

/** New messages with the same contents, flags, thread and INTERNALDATE (mail.md: COPY makes a new message). */
export async function insertCopies(tx: TenantTx, copy: CopyRows): Promise<void> {
  await tx.sql`
    with fresh as (
      select f.uid, f.id, f.place from unnest(${[...copy.sourceUids]}::int[], ${[...copy.messageIds]}::uuid[]) with ordinality as f (uid, id, place)),
    message as (
      insert into mailbox_messages (tenant_id, id, account_id, blob_id, thread_id, size_bytes, received_at, created_modseq)
      select ${tx.tenantId}, f.id, ${copy.accountId}, p.blob_id, p.thread_id, p.size_bytes, p.received_at, ${copy.modseq}
      from fresh f join mailbox_memberships p on p.tenant_id = ${tx.tenantId} and p.mailbox_id = ${copy.source} and p.uid = f.uid)
    insert into mailbox_memberships (tenant_id, mailbox_id, uid, message_id, blob_id, flags, keywords, size_bytes, modseq, thread_id, received_at, saved_at)
    select ${tx.tenantId}, ${copy.target}, ${copy.firstUid} + f.place::int - 1, f.id, p.blob_id, p.flags, p.keywords, p.size_bytes, ${copy.modseq}, p.thread_id, p.received_at, ${copy.savedAt}
    from fresh f join mailbox_memberships p on p.tenant_id = ${tx.tenantId} and p.mailbox_id = ${copy.source} and p.uid = f.uid`;
}

export interface MoveRows {
  readonly source: MailboxId;
  readonly target: MailboxId;
  readonly sourceUids: readonly number[];
  readonly firstUid: number;
  readonly modseq: number;
  readonly savedAt: Date;
}

/** The same messages under new UIDs; tombstones stay behind. */
export async function moveMemberships(tx: TenantTx, move: MoveRows): Promise<void> {
  await tx.sql`
    with asked as (
      select f.uid, f.place from unnest(${[...move.sourceUids]}::int[]) with ordinality as f (uid, place)),
    moved as (
      update mailbox_memberships p set mailbox_id = ${move.target}, uid = ${move.firstUid} + f.place::int - 1,
        modseq = ${move.modseq}, saved_at = ${move.savedAt}
      from asked f where p.tenant_id = ${tx.tenantId} and p.mailbox_id = ${move.source} and p.uid = f.uid
      returning f.uid, p.message_id, p.blob_id, p.size_bytes)
    insert into mailbox_expunged (tenant_id, mailbox_id, modseq, uid, message_id, blob_id, size_bytes)
    select ${tx.tenantId}, ${move.source}, ${move.modseq}, uid, message_id, blob_id, size_bytes from moved`;
}

/** UIDs in `mailboxId` of messages that also lie there (JMAP put them into both). */
export async function selectUidsOf(
  tx: TenantTx,
  mailboxId: MailboxId,
  messageIds: readonly MessageId[],
): Promise<readonly number[]> {
  const rows = await tx.sql<{ uid: number }[]>`select uid from mailbox_memberships
    where tenant_id = ${tx.tenantId} and mailbox_id = ${mailboxId} and message_id = any(${[...messageIds]}::uuid[]) order by uid`;
  return rows.map((row) => row.uid);
}

/** Puts a message into further mailboxes (JMAP); the UIDs were taken by `takeUids`. */
export async function insertMemberships(
  tx: TenantTx,
  messageId: MessageId,
  places: readonly { readonly mailboxId: MailboxId; readonly uid: number }[],
  modseq: number,
  savedAt: Date,
): Promise<void> {
  await tx.sql`
    insert into mailbox_memberships (tenant_id, mailbox_id, uid, message_id, blob_id, flags, keywords, size_bytes, modseq, thread_id, received_at, saved_at)
    select ${tx.tenantId}, n.mailbox_id, n.uid, p.message_id, p.blob_id, p.flags, p.keywords, p.size_bytes, ${modseq}, p.thread_id, p.received_at, ${savedAt}
    from unnest(${places.map((place) => place.mailboxId)}::uuid[], ${places.map((place) => place.uid)}::int[]) as n (mailbox_id, uid)
    join lateral (select * from mailbox_memberships q where q.tenant_id = ${tx.tenantId} and q.message_id = ${messageId} limit 1) p on true`;
}
