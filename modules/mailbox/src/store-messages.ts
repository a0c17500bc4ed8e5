import type { MailAccountId, MailboxId, MessageId, ThreadId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { RawMembership } from "./store-changes.ts";
import { inSight } from "./store-sight.ts";

export interface PlaceRow {
  readonly mailboxId: MailboxId;
  readonly uid: number;
  readonly messageId: MessageId;
  readonly flags: number;
  readonly keywords: readonly string[];
  readonly modseq: number;
  readonly sizeBytes: number;
}

/**
 * Every place of these messages of the account; messages that are not there are left out, and places that whoever works in
 * this transaction may not look into.
 */
export async function selectPlaces(
  tx: TenantTx,
  accountId: MailAccountId,
  messageIds: readonly MessageId[],
): Promise<readonly PlaceRow[]> {
  const rows = await tx.sql<(RawMembership & { mailboxId: MailboxId; sizeBytes: number })[]>`
    select p.mailbox_id as "mailboxId", p.uid, p.message_id as "messageId", p.flags, p.keywords, p.modseq, p.size_bytes::float8 as "sizeBytes"
    from mailbox_memberships p join mailbox_messages m on m.tenant_id = ${tx.tenantId} and m.id = p.message_id and m.account_id = ${accountId}
    where p.tenant_id = ${tx.tenantId} and p.message_id = any(${[...messageIds]}::uuid[])
      ${inSight(tx, accountId, tx.sql`p.mailbox_id`)} order by p.message_id, p.mailbox_id`;
  return rows.map((row) => ({ ...row, modseq: Number(row.modseq) }));
}

export interface ChangedIds<T> {
  readonly created: readonly T[];
  readonly updated: readonly T[];
  readonly destroyed: readonly T[];
}

/** The account's counters: JMAP's state is the modseq; below `prunedModseq` the past is forgotten. */
export async function selectAccountState(
  tx: TenantTx,
  accountId: MailAccountId,
): Promise<{ readonly modseq: number; readonly prunedModseq: number; readonly epoch: number } | null> {
  const [row] = await tx.sql<{ modseq: number; pruned: number; epoch: number }[]>`
    select modseq::float8 as modseq, pruned_modseq::float8 as pruned, state_epoch as epoch from mailbox_accounts
    where tenant_id = ${tx.tenantId} and id = ${accountId} and state <> 'deleted'`;
  return row ? { modseq: row.modseq, prunedModseq: row.pruned, epoch: row.epoch } : null;
}

/** As of when these mailboxes are what they are: no change of another one moves it, each of theirs does. */
export async function selectStateOf(
  tx: TenantTx,
  accountId: MailAccountId,
  mailboxIds: readonly MailboxId[],
): Promise<{ readonly modseq: number; readonly epoch: number } | null> {
  const [row] = await tx.sql<{ modseq: number; epoch: number }[]>`
    select coalesce(max(greatest(b.highest_modseq, b.properties_modseq)), 0)::float8 as modseq, a.state_epoch as epoch
    from mailbox_accounts a
    left join mailbox_mailboxes b on b.tenant_id = ${tx.tenantId} and b.account_id = a.id and b.id = any(${[...mailboxIds]}::uuid[])
    where a.tenant_id = ${tx.tenantId} and a.id = ${accountId} and a.state <> 'deleted' group by a.state_epoch`;
  return row ?? null;
}

export interface ChangeRow<T> {
  readonly id: T;
  readonly modseq: number;
  readonly kind: "created" | "updated" | "destroyed";
}

/**
 * Messages that changed in (after, upTo], which the log of changes still knows, one row each, in the order of their creation if that lies in the range, else
 * of their last change: so a list that is cut tells of a new message before it tells of that message's later changes. Each
 * row is looked up by its key (`offset 0`): as joins, a planner that knows little reads all messages of the tenant instead.
 */
export async function selectMessageChanges(
  tx: TenantTx,
  accountId: MailAccountId,
  range: { readonly after: number; readonly upTo: number; readonly limit: number },
): Promise<readonly (ChangeRow<MessageId> & { readonly threadId: ThreadId })[]> {
  return tx.sql<(ChangeRow<MessageId> & { threadId: ThreadId })[]>`
    select * from (
      select p.message_id as id, p.thread_id as "threadId",
        case when m.created_modseq > ${range.after} then m.created_modseq else max(p.modseq) end::float8 as modseq,
        case when m.created_modseq > ${range.after} then 'created' else 'updated' end as kind
      from mailbox_mailboxes b
      cross join lateral (select distinct u.uid from mailbox_changes c cross join lateral unnest(c.uids) as u (uid)
        where c.tenant_id = ${tx.tenantId} and c.mailbox_id = b.id and c.modseq > ${range.after}) changed
      cross join lateral (select message_id, thread_id, modseq from mailbox_memberships
        where tenant_id = ${tx.tenantId} and mailbox_id = b.id and uid = changed.uid offset 0) p
      cross join lateral (select created_modseq from mailbox_messages
        where tenant_id = ${tx.tenantId} and id = p.message_id offset 0) m
      where b.tenant_id = ${tx.tenantId} and b.account_id = ${accountId} and b.highest_modseq > ${range.after}
      group by p.message_id, p.thread_id, m.created_modseq
      union all
      select d.message_id, d.thread_id, d.modseq::float8, 'destroyed' from mailbox_destroyed d
      where d.tenant_id = ${tx.tenantId} and d.account_id = ${accountId} and d.modseq > ${range.after}) c
    where modseq <= ${range.upTo} order by modseq, id limit ${range.limit}`;
}

/** Mailboxes whose properties or counts changed since, in the same order; `onlyCounts` when nothing but messages did. */
export async function selectMailboxChanges(
  tx: TenantTx,
  accountId: MailAccountId,
  after: number,
): Promise<readonly (ChangeRow<MailboxId> & { readonly onlyCounts: boolean })[]> {
  return tx.sql<(ChangeRow<MailboxId> & { onlyCounts: boolean })[]>`
    select b.id, case when b.created_modseq > ${after} then b.created_modseq else greatest(b.properties_modseq, b.highest_modseq) end::float8 as modseq,
      b.properties_modseq <= ${after} as "onlyCounts",
      case when b.created_modseq > ${after} then 'created' else 'updated' end as kind
    from mailbox_mailboxes b where b.tenant_id = ${tx.tenantId} and b.account_id = ${accountId}
      and greatest(b.properties_modseq, b.highest_modseq) > ${after}
    union all
    select r.mailbox_id, r.modseq::float8, false, 'destroyed' from mailbox_removed r
    where r.tenant_id = ${tx.tenantId} and r.account_id = ${accountId} and r.modseq > ${after}
    order by modseq, id`;
}

/** Which of these threads still have messages, and whether all of those came after a modseq. */
export async function selectLivingThreads(
  tx: TenantTx,
  accountId: MailAccountId,
  ids: readonly ThreadId[],
  after: number,
): Promise<readonly { readonly id: ThreadId; readonly isNew: boolean }[]> {
  return tx.sql<{ id: ThreadId; isNew: boolean }[]>`
    select m.thread_id as id, bool_and(m.created_modseq > ${after}) as "isNew" from mailbox_messages m
    where m.tenant_id = ${tx.tenantId} and m.account_id = ${accountId} and m.thread_id = any(${[...ids]}::uuid[]) group by m.thread_id`;
}

/** Every message of the account, for tests and exports. */
export async function selectMessageIds(tx: TenantTx, accountId: MailAccountId): Promise<readonly MessageId[]> {
  const [row] = await tx.sql<{ ids: MessageId[] | null }[]>`select array_agg(m.id order by m.received_at, m.id) as ids
    from mailbox_messages m where m.tenant_id = ${tx.tenantId} and m.account_id = ${accountId}`;
  return row?.ids ?? [];
}
