import {
  assert,
  type BlobId,
  type MailAccountId,
  type MailboxId,
  type MessageId,
  type ThreadId,
} from "@casaforte/kernel";
import type { MessageSummary } from "@casaforte/mime";
import type { TenantTx } from "@casaforte/platform/db";
import type { MessageFlags } from "./flags.ts";
import { mailboxLimits } from "./limits.ts";
import { explainRefusal } from "./refusals.ts";

/** A message to be put into mailboxes; everything but UIDs, modseq and thread is known. */
export interface NewMessage {
  readonly id: MessageId;
  readonly accountId: MailAccountId;
  readonly mailboxIds: readonly MailboxId[];
  readonly blobId: BlobId;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly receivedAt: Date;
  readonly savedAt: Date;
  /** Its thread if none of `references` is known yet. */
  readonly freshThreadId: ThreadId;
  readonly summary: MessageSummary;
  readonly indexJson: string;
  readonly parser: number;
  readonly envelopeWire: string;
  readonly structureWire: string;
  readonly header: Uint8Array | null;
  readonly flags: MessageFlags;
  readonly references: readonly ReferenceKey[];
}

/** What an append gave a message. */
export interface AppendedRow {
  readonly modseq: number;
  readonly threadId: ThreadId;
  readonly places: readonly { readonly mailboxId: MailboxId; readonly uid: number; readonly uidvalidity: number }[];
}

export interface ReferenceKey {
  readonly reference: bigint;
  readonly subject: bigint;
}

export interface Charge {
  readonly accountId: MailAccountId;
  readonly bytes: number;
  readonly messages: number;
}

/**
 * Locks the account by charging it: the next modseq and the account's keywords, or null when the quota or the account
 * does not allow it.
 */
export async function chargeAccount(
  tx: TenantTx,
  charge: Charge,
): Promise<{ readonly modseq: number; readonly keywords: readonly string[] } | null> {
  const [row] = await tx.sql<{ modseq: bigint; keywords: string[] }[]>`update mailbox_accounts
    set modseq = modseq + 1, used_bytes = used_bytes + ${charge.bytes}::bigint, messages = messages + ${charge.messages}::bigint
    where tenant_id = ${tx.tenantId} and id = ${charge.accountId} and state <> 'deleted'
      and (quota_bytes is null or used_bytes + ${charge.bytes}::bigint <= quota_bytes)
    returning modseq, keywords`;
  return row ? { modseq: Number(row.modseq), keywords: row.keywords } : null;
}

export interface UidRange {
  readonly mailboxId: MailboxId;
  readonly firstUid: number;
  readonly uidvalidity: number;
  /** The mailbox's highest modseq before this change. */
  readonly modseqBefore: number;
}

/**
 * Takes `count` UIDs in each mailbox and counts the messages in; the account is locked and its modseq is this change's.
 * Mailboxes that are gone or not selectable are left out.
 */
export async function takeUids(
  tx: TenantTx,
  accountId: MailAccountId,
  mailboxIds: readonly MailboxId[],
  added: { readonly count: number; readonly unseen: number; readonly bytes: number },
): Promise<readonly UidRange[]> {
  const rows = await tx.sql<{ id: MailboxId; first_uid: number; uidvalidity: number; before: bigint }[]>`
    with taken as (
      select b.id, b.highest_modseq as before from mailbox_mailboxes b
      where b.tenant_id = ${tx.tenantId} and b.account_id = ${accountId} and b.id = any(${[...mailboxIds]}) and b.selectable)
    update mailbox_mailboxes b set uidnext = b.uidnext + ${added.count}::int, total = b.total + ${added.count}::int,
      unseen = b.unseen + ${added.unseen}::int, size_bytes = b.size_bytes + ${added.bytes}::bigint, highest_modseq = a.modseq
    from mailbox_accounts a, taken t
    where a.tenant_id = ${tx.tenantId} and a.id = ${accountId} and b.tenant_id = ${tx.tenantId} and b.id = t.id
    returning b.id, b.uidnext - ${added.count}::int as first_uid, b.uidvalidity, t.before`;
  return rows.map((row) => ({
    mailboxId: row.id,
    firstUid: row.first_uid,
    uidvalidity: row.uidvalidity,
    modseqBefore: Number(row.before),
  }));
}

/**
 * Locks the account and writes the message with everything beside it, in one statement (sql/0027_append_in_two.sql).
 * @throws not_found `mailbox.account_not_found`, `mailbox.not_found`, over_quota `mailbox.over_quota`, invalid
 * `mailbox.too_many_keywords`.
 */
export async function insertMessage(tx: TenantTx, m: NewMessage): Promise<AppendedRow> {
  const { summary } = m;
  const { search } = summary;
  const sentAt = summary.sentAtMs === null ? null : new Date(summary.sentAtMs);
  const rows = await tx.sql<
    { modseq: bigint; threadId: ThreadId; mailboxId: MailboxId; uid: number; uidvalidity: number }[]
  >`select modseq, thread_id as "threadId", mailbox_id as "mailboxId", uid, uidvalidity from mailbox_append_message(
      ${tx.tenantId}, ${m.accountId}, ${[...m.mailboxIds]}::uuid[], ${m.id}, ${m.freshThreadId}, ${m.blobId}, ${m.sizeBytes},
      ${m.sha256}, ${m.receivedAt}, ${m.savedAt}, ${m.flags.bits}, ${[...m.flags.keywords]}::text[], ${mailboxLimits.keywordsMax},
      ${m.references.map(({ reference }) => String(reference))}::bigint[], ${String(m.references[0]?.subject ?? 0n)}::bigint, ${sentAt}, ${summary.sentDay},
      ${summary.subject}, ${summary.sender}, ${summary.preview}, ${summary.hasAttachment}, ${summary.baseSubject}, ${summary.sortFrom},
      ${summary.sortTo}, ${summary.sortCc}, ${summary.sortDisplayFrom}, ${summary.sortDisplayTo}, ${[...summary.links]}::text[],
      ${m.indexJson}, ${m.parser}, ${m.envelopeWire}, ${m.structureWire}, ${m.header}, ${search.subject}, ${search.sender}, ${search.recipients}, ${search.cc}, ${search.bcc},
      ${search.headers}, ${search.body})`.catch(explainRefusal);
  const [first] = rows;
  assert(first, "an append gives places");
  return {
    modseq: Number(first.modseq),
    threadId: first.threadId,
    places: rows.map(({ mailboxId, uid, uidvalidity }) => ({ mailboxId, uid, uidvalidity })),
  };
}

export async function addAccountKeywords(
  tx: TenantTx,
  accountId: MailAccountId,
  fresh: readonly string[],
): Promise<void> {
  if (fresh.length === 0) return;
  await tx.sql`update mailbox_accounts set keywords = keywords || ${[...fresh]}::text[]
    where tenant_id = ${tx.tenantId} and id = ${accountId}`;
}
