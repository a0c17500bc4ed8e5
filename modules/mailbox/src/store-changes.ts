import type { MailAccountId, MailboxId, MessageId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { uidFilter } from "./uid-filter.ts";

/** The account's counter row, locked until the transaction ends: every change of the account goes through here first. */
export interface LockedAccount {
  readonly modseq: number;
  readonly uidvalidity: number;
  readonly keywords: readonly string[];
  readonly usedBytes: number;
  readonly quotaBytes: number | null;
}

export async function lockAccount(tx: TenantTx, accountId: MailAccountId): Promise<LockedAccount | null> {
  const [row] = await tx.sql<
    { modseq: bigint; uidvalidity: number; keywords: string[]; used_bytes: bigint; quota_bytes: bigint | null }[]
  >`select modseq, uidvalidity, keywords, used_bytes, quota_bytes from mailbox_accounts
    where tenant_id = ${tx.tenantId} and id = ${accountId} and state <> 'deleted' for no key update`;
  if (!row) return null;
  return {
    modseq: Number(row.modseq),
    uidvalidity: row.uidvalidity,
    keywords: row.keywords,
    usedBytes: Number(row.used_bytes),
    quotaBytes: row.quota_bytes === null ? null : Number(row.quota_bytes),
  };
}

export interface AccountStep {
  readonly modseq: number;
  readonly bytes?: number;
  readonly messages?: number;
  readonly uidvalidity?: number;
}

/** Writes what a change did to the locked counter row; `bytes` and `messages` are differences. */
export async function stepAccount(tx: TenantTx, accountId: MailAccountId, step: AccountStep): Promise<void> {
  await tx.sql`update mailbox_accounts set modseq = ${step.modseq}, used_bytes = used_bytes + ${step.bytes ?? 0}::bigint,
      messages = messages + ${step.messages ?? 0}::bigint, uidvalidity = coalesce(${step.uidvalidity ?? null}::int, uidvalidity)
    where tenant_id = ${tx.tenantId} and id = ${accountId}`;
}

/** A membership as flag changes and removals see it. */
export interface MembershipRow {
  readonly uid: number;
  readonly messageId: MessageId;
  readonly flags: number;
  readonly keywords: readonly string[];
  readonly modseq: number;
}

export interface RawMembership {
  uid: number;
  messageId: MessageId;
  flags: number;
  keywords: string[];
  modseq: bigint;
}

const toMembership = (row: RawMembership): MembershipRow => ({ ...row, modseq: Number(row.modseq) });

/** Memberships of these UIDs in ascending order; null: all of the mailbox. */
export async function selectMemberships(
  tx: TenantTx,
  mailboxId: MailboxId,
  uids: ArrayLike<number> | null,
): Promise<readonly MembershipRow[]> {
  const rows = await tx.sql<RawMembership[]>`
    select p.uid, p.message_id as "messageId", p.flags, p.keywords, p.modseq from mailbox_memberships p
    where p.tenant_id = ${tx.tenantId} and p.mailbox_id = ${mailboxId} ${uidFilter(tx.sql, uids)} order by p.uid`;
  return rows.map(toMembership);
}

export interface FlagChange {
  readonly messageIds: readonly MessageId[];
  readonly modseq: number;
  /** flags = (flags & keep) | set */
  readonly keep: number;
  readonly set: number;
  readonly keywords: { readonly mode: "keep" | "add" | "remove" | "replace"; readonly values: readonly string[] };
}

/** Changes flags of messages wherever they lie. Returns each place, so that the caller can count. */
export async function updateFlags(
  tx: TenantTx,
  change: FlagChange,
): Promise<readonly { readonly mailboxId: MailboxId; readonly messageId: MessageId }[]> {
  const ids = [...change.messageIds];
  const values = [...change.keywords.values];
  if (change.keywords.mode === "keep")
    return tx.sql<{ mailboxId: MailboxId; messageId: MessageId }[]>`update mailbox_memberships
      set flags = (flags & ${change.keep}::int) | ${change.set}::int, modseq = ${change.modseq}
      where tenant_id = ${tx.tenantId} and message_id = any(${ids}::uuid[])
      returning mailbox_id as "mailboxId", message_id as "messageId"`;
  return tx.sql<{ mailboxId: MailboxId; messageId: MessageId }[]>`update mailbox_memberships
    set flags = (flags & ${change.keep}::int) | ${change.set}::int, modseq = ${change.modseq},
      keywords = case ${change.keywords.mode}::text when 'replace' then ${values}::text[]
        when 'add' then array(select distinct k from unnest(keywords || ${values}::text[]) k order by k)
        else array(select k from unnest(keywords) k where k <> all(${values}::text[]) order by k) end
    where tenant_id = ${tx.tenantId} and message_id = any(${ids}::uuid[])
    returning mailbox_id as "mailboxId", message_id as "messageId"`;
}

export interface MailboxStep {
  readonly mailboxId: MailboxId;
  readonly total: number;
  readonly unseen: number;
  readonly bytes: number;
}

/** Adds differences to mailbox counters and raises their highest modseq. */
export async function stepMailboxes(tx: TenantTx, modseq: number, steps: readonly MailboxStep[]): Promise<void> {
  if (steps.length === 0) return;
  await tx.sql`update mailbox_mailboxes b set total = b.total + s.total, unseen = b.unseen + s.unseen,
      size_bytes = b.size_bytes + s.bytes, highest_modseq = ${modseq}
    from unnest(${steps.map((s) => s.mailboxId)}::uuid[], ${steps.map((s) => s.total)}::int[], ${steps.map((s) => s.unseen)}::int[],
      ${steps.map((s) => s.bytes)}::bigint[]) as s (id, total, unseen, bytes)
    where b.tenant_id = ${tx.tenantId} and b.id = s.id`;
}

export interface RemovedMembership {
  readonly uid: number;
  readonly messageId: MessageId;
  readonly flags: number;
  readonly sizeBytes: number;
}

/** Takes memberships away and leaves their tombstones. Ascending by UID. */
export async function deleteMemberships(
  tx: TenantTx,
  mailboxId: MailboxId,
  uids: ArrayLike<number>,
  modseq: number,
): Promise<readonly RemovedMembership[]> {
  const rows = await tx.sql<{ uid: number; messageId: MessageId; flags: number; sizeBytes: bigint }[]>`
    with gone as (
      delete from mailbox_memberships p where p.tenant_id = ${tx.tenantId} and p.mailbox_id = ${mailboxId} ${uidFilter(tx.sql, uids)}
      returning p.uid, p.message_id, p.flags, p.size_bytes, p.blob_id),
    tombstone as (
      insert into mailbox_expunged (tenant_id, mailbox_id, modseq, uid, message_id, blob_id, size_bytes)
      select ${tx.tenantId}, ${mailboxId}, ${modseq}, uid, message_id, blob_id, size_bytes from gone)
    select uid, message_id as "messageId", flags, size_bytes as "sizeBytes" from gone order by uid`;
  return rows.map((row) => ({ ...row, sizeBytes: Number(row.sizeBytes) }));
}

/** Messages that lie nowhere any more are destroyed; their contents wait for the collector. */
export async function destroyHomeless(
  tx: TenantTx,
  accountId: MailAccountId,
  messageIds: readonly MessageId[],
  modseq: number,
  now: Date,
): Promise<{ readonly messages: number; readonly bytes: number }> {
  const [row] = await tx.sql<{ messages: number; bytes: bigint }[]>`
    with dead as (
      delete from mailbox_messages g where g.tenant_id = ${tx.tenantId} and g.account_id = ${accountId}
        and g.id = any(${[...messageIds]}::uuid[])
        and not exists (select 1 from mailbox_memberships p where p.tenant_id = ${tx.tenantId} and p.message_id = g.id)
      returning g.id, g.blob_id, g.thread_id, g.size_bytes),
    tombstone as (
      insert into mailbox_destroyed (tenant_id, account_id, modseq, message_id, thread_id)
      select ${tx.tenantId}, ${accountId}, ${modseq}, id, thread_id from dead),
    orphan as (
      update mailbox_contents c set unreferenced_at = ${now}
      where c.tenant_id = ${tx.tenantId} and c.blob_id in (select blob_id from dead)
        and not exists (select 1 from mailbox_messages o where o.tenant_id = ${tx.tenantId} and o.blob_id = c.blob_id
          and o.id not in (select id from dead)))
    select count(*)::int as messages, coalesce(sum(size_bytes), 0)::bigint as bytes from dead`;
  return { messages: row?.messages ?? 0, bytes: Number(row?.bytes ?? 0n) };
}

/** Messages that still lie elsewhere changed too: their set of mailboxes did (JMAP). Returns those mailboxes. */
export async function touchSurvivors(
  tx: TenantTx,
  messageIds: readonly MessageId[],
  modseq: number,
): Promise<readonly MailboxId[]> {
  const rows = await tx.sql<{ mailboxId: MailboxId }[]>`
    with touched as (
      update mailbox_memberships set modseq = ${modseq}
      where tenant_id = ${tx.tenantId} and message_id = any(${[...messageIds]}::uuid[]) returning mailbox_id)
    select distinct mailbox_id as "mailboxId" from touched`;
  return rows.map((row) => row.mailboxId);
}
