import { assert, type MailAccountId, type MailboxId, type MessageId, type ThreadId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { MailboxRole } from "./mailbox.ts";
import { explainRefusal } from "./refusals.ts";
import { uidArguments } from "./uid-filter.ts";

export interface TransferAt {
  readonly accountId: MailAccountId;
  readonly source: MailboxId;
  readonly target: MailboxId;
  /** Ascending; null: all of the mailbox. */
  readonly uids: ArrayLike<number> | null;
  readonly savedAt: Date;
}

export interface Transferred {
  /** Ascending; empty when nothing was there and nothing changed. */
  readonly sourceUids: readonly number[];
  /** UID of the first in the target; the rest follow. */
  readonly firstUid: number;
  readonly uidvalidity: number;
  /** Of the source mailbox. */
  readonly modseqBefore: number;
  readonly modseqAfter: number;
  readonly leftRole: MailboxRole | null;
  readonly enteredRole: MailboxRole | null;
}

interface TransferRow {
  modseqBefore: bigint;
  modseqAfter: bigint;
  sourceUids: number[];
  firstUid: number;
  uidvalidity: number;
  leftRole: MailboxRole | null;
  enteredRole: MailboxRole | null;
}

function toTransferred(row: TransferRow): Transferred {
  return { ...row, modseqBefore: Number(row.modseqBefore), modseqAfter: Number(row.modseqAfter) };
}

/**
 * New messages with the same contents, flags, thread and INTERNALDATE (mail.md: COPY makes a new message), as one statement
 * (sql/0004_bulk_changes.sql). `messageIds`: as many as UIDs were asked. @throws as `insertMessage`.
 */
export async function copyAt(
  tx: TenantTx,
  copy: TransferAt & { readonly messageIds: readonly MessageId[] },
): Promise<Transferred & { readonly modseq: number }> {
  const { list, first, last } = uidArguments(copy.uids);
  const [row] = await tx.sql<(TransferRow & { modseq: bigint })[]>`
    select copied_modseq as modseq, modseq_before as "modseqBefore", modseq_after as "modseqAfter", source_uids as "sourceUids", first_uid as "firstUid",
      uidvalidity, left_role as "leftRole", entered_role as "enteredRole"
    from mailbox_copy(${tx.tenantId}, ${copy.accountId}, ${copy.source}, ${copy.target}, ${list}::int[], ${first}, ${last},
      ${[...copy.messageIds]}::uuid[], ${copy.savedAt})`.catch(explainRefusal);
  assert(row, "a copy says what it did");
  return { ...toTransferred(row), modseq: Number(row.modseq) };
}

/** The same messages under new UIDs; tombstones stay behind. One statement. @throws as `insertMessage`. */
export async function moveAt(
  tx: TenantTx,
  move: TransferAt,
): Promise<Transferred & { readonly messageIds: readonly MessageId[]; readonly elsewhere: boolean }> {
  const { list, first, last } = uidArguments(move.uids);
  const [row] = await tx.sql<(TransferRow & { messageIds: MessageId[]; elsewhere: boolean })[]>`
    select modseq_before as "modseqBefore", modseq_after as "modseqAfter", source_uids as "sourceUids", first_uid as "firstUid",
      uidvalidity, left_role as "leftRole", entered_role as "enteredRole", message_ids as "messageIds", elsewhere
    from mailbox_move(${tx.tenantId}, ${move.accountId}, ${move.source}, ${move.target}, ${list}::int[], ${first}, ${last},
      ${move.savedAt})`.catch(explainRefusal);
  assert(row, "a move says what it did");
  return { ...toTransferred(row), messageIds: row.messageIds, elsewhere: row.elsewhere };
}

/** From one account's mailbox to another's (sql/0022_copied_spelling.sql). One statement, which locks both. @throws as `insertMessage`. */
export async function copyAcrossAt(
  tx: TenantTx,
  copy: {
    readonly source: { readonly accountId: MailAccountId; readonly mailboxId: MailboxId };
    readonly target: { readonly accountId: MailAccountId; readonly mailboxId: MailboxId };
    readonly uids: ArrayLike<number>;
    /** As many as UIDs were asked, and so the next. */
    readonly messageIds: readonly MessageId[];
    readonly threadIds: readonly ThreadId[];
    readonly keywordsMax: number;
    readonly savedAt: Date;
    /** Keywords come in lower case. */
    readonly withoutSpelling: boolean;
  },
): Promise<Pick<Transferred, "sourceUids" | "firstUid" | "uidvalidity"> & { readonly modseq: number }> {
  const { list, first, last } = uidArguments(copy.uids);
  const { source, target } = copy;
  const [row] = await tx.sql<{ modseq: bigint; sourceUids: number[]; firstUid: number; uidvalidity: number }[]>`
    select copied_modseq as modseq, source_uids as "sourceUids", first_uid as "firstUid", uidvalidity
    from mailbox_copy_across(${tx.tenantId}, ${source.accountId}, ${source.mailboxId}, ${target.accountId}, ${target.mailboxId},
      ${list}::int[], ${first}, ${last}, ${[...copy.messageIds]}::uuid[], ${[...copy.threadIds]}::uuid[], ${copy.keywordsMax},
      ${copy.savedAt}, ${copy.withoutSpelling})`.catch(explainRefusal);
  assert(row, "a copy says what it did");
  return { ...row, modseq: Number(row.modseq) };
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
