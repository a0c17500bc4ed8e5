import type { BlobId, MailAccountId, MailboxId, MessageId, ThreadId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { MessageFlags } from "./flags.ts";

/** A row of mailbox_messages with what goes beside it. */
export interface NewMessage {
  readonly id: MessageId;
  readonly accountId: MailAccountId;
  readonly blobId: BlobId;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly receivedAt: Date;
  readonly savedAt: Date;
  readonly sentAt: Date | null;
  readonly sentDay: number | null;
  readonly modseq: number;
  readonly threadId: ThreadId;
  readonly subject: string;
  readonly sender: string;
  readonly preview: string;
  readonly hasAttachment: boolean;
  readonly baseSubject: string;
  readonly sortFrom: string;
  readonly sortTo: string;
  readonly sortCc: string;
  readonly sortDisplayFrom: string;
  readonly sortDisplayTo: string;
  readonly links: readonly string[];
  readonly indexJson: string;
  readonly parser: number;
  readonly envelopeWire: string | null;
  readonly structureWire: string | null;
  readonly header: Uint8Array | null;
  readonly search: {
    readonly subject: string;
    readonly sender: string;
    readonly recipients: string;
    readonly cc: string;
    readonly bcc: string;
    readonly headers: string;
    readonly body: string;
  };
  readonly flags: MessageFlags;
  readonly memberships: readonly { readonly mailboxId: MailboxId; readonly uid: number }[];
  readonly references: readonly ReferenceKey[];
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

/** Threads in which one of these references was seen. */
export async function selectReferences(
  tx: TenantTx,
  accountId: MailAccountId,
  references: readonly bigint[],
): Promise<readonly { readonly reference: bigint; readonly subject: bigint; readonly threadId: ThreadId }[]> {
  return tx.sql<{ reference: bigint; subject: bigint; threadId: ThreadId }[]>`
    select reference, subject, thread_id as "threadId" from mailbox_references
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} and reference = any(${references.map(String)}::bigint[])`;
}

/** One statement writes the message and everything beside it. */
export async function insertMessage(tx: TenantTx, m: NewMessage): Promise<void> {
  const { tenantId } = tx;
  await tx.sql`
    with content as (
      insert into mailbox_contents (tenant_id, blob_id, size_bytes, sha256, sent_at, sent_day, subject, sender, preview,
        has_attachment, base_subject, sort_from, sort_to, sort_cc, sort_display_from, sort_display_to, links, index, parser,
        envelope_wire, structure_wire, header)
      values (${tenantId}, ${m.blobId}, ${m.sizeBytes}, ${m.sha256}, ${m.sentAt}, ${m.sentDay}, ${m.subject}, ${m.sender}, ${m.preview},
        ${m.hasAttachment}, ${m.baseSubject}, ${m.sortFrom}, ${m.sortTo}, ${m.sortCc}, ${m.sortDisplayFrom}, ${m.sortDisplayTo}, ${[...m.links]},
        ${m.indexJson}::text::json, ${m.parser}, ${m.envelopeWire}, ${m.structureWire}, ${m.header})
      on conflict (tenant_id, blob_id) do update set unreferenced_at = null),
    search as (
      insert into mailbox_search (tenant_id, blob_id, subject, sender, recipients, cc, bcc, headers, body)
      values (${tenantId}, ${m.blobId}, ${m.search.subject}, ${m.search.sender}, ${m.search.recipients},
        ${m.search.cc}, ${m.search.bcc}, ${m.search.headers}, ${m.search.body})
      on conflict do nothing),
    reference as (
      insert into mailbox_references (tenant_id, account_id, reference, subject, thread_id)
      select ${tenantId}, ${m.accountId}, r.reference, r.subject, ${m.threadId}
      from unnest(${m.references.map((r) => String(r.reference))}::bigint[], ${m.references.map((r) => String(r.subject))}::bigint[]) as r (reference, subject)
      on conflict do nothing),
    message as (
      insert into mailbox_messages (tenant_id, id, account_id, blob_id, thread_id, size_bytes, received_at, created_modseq)
      values (${tenantId}, ${m.id}, ${m.accountId}, ${m.blobId}, ${m.threadId}, ${m.sizeBytes}, ${m.receivedAt}, ${m.modseq}))
    insert into mailbox_memberships (tenant_id, mailbox_id, uid, message_id, blob_id, flags, keywords, size_bytes, modseq, thread_id, received_at, saved_at)
    select ${tenantId}, p.mailbox_id, p.uid, ${m.id}, ${m.blobId}, ${m.flags.bits}, ${[...m.flags.keywords]}, ${m.sizeBytes}, ${m.modseq}, ${m.threadId}, ${m.receivedAt}, ${m.savedAt}
    from unnest(${m.memberships.map((p) => p.mailboxId)}::uuid[], ${m.memberships.map((p) => p.uid)}::int[]) as p (mailbox_id, uid)`;
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
