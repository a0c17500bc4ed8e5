import type { BlobId, MailAccountId, MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import { summaryFormat } from "./summary-codec.ts";

/**
 * Contents that no message uses but nobody marked: two accounts that shared one and let it go at the same time each saw
 * the other's message. They begin their grace now.
 */
export async function markForgottenContents(tx: TenantTx, now: Date): Promise<void> {
  await tx.sql`update mailbox_contents c set unreferenced_at = ${now}
    where c.tenant_id = ${tx.tenantId} and c.unreferenced_at is null
      and not exists (select 1 from mailbox_messages m where m.tenant_id = ${tx.tenantId} and m.blob_id = c.blob_id)`;
}

/** Deletes rows of contents whose grace is over and that are still unused, by what is held back too; the caller deletes the blobs after the commit. */
export async function takeDeadContents(tx: TenantTx, before: Date, limit: number): Promise<readonly BlobId[]> {
  const rows = await tx.sql<{ blobId: BlobId }[]>`
    with dead as (
      select c.blob_id from mailbox_contents c
      where c.tenant_id = ${tx.tenantId} and c.unreferenced_at < ${before}
        and not exists (select 1 from mailbox_messages m where m.tenant_id = ${tx.tenantId} and m.blob_id = c.blob_id)
        and not exists (select 1 from mailbox_submissions s
          where s.tenant_id = ${tx.tenantId} and s.blob_id = c.blob_id and s.state = 'pending')
      order by c.unreferenced_at limit ${limit} for update skip locked),
    search as (delete from mailbox_search s using dead where s.tenant_id = ${tx.tenantId} and s.blob_id = dead.blob_id)
    delete from mailbox_contents c using dead where c.tenant_id = ${tx.tenantId} and c.blob_id = dead.blob_id
    returning c.blob_id as "blobId"`;
  return rows.map((row) => row.blobId);
}

/** Uploads that were never used. */
export async function takeOldUploads(tx: TenantTx, before: Date, limit: number): Promise<readonly BlobId[]> {
  const rows = await tx.sql<{ blobId: BlobId }[]>`
    delete from mailbox_uploads u where u.tenant_id = ${tx.tenantId} and u.blob_id in (
      select o.blob_id from mailbox_uploads o where o.tenant_id = ${tx.tenantId} and o.uploaded_at < ${before} limit ${limit})
      and not exists (select 1 from mailbox_contents c where c.tenant_id = ${tx.tenantId} and c.blob_id = u.blob_id)
    returning u.blob_id as "blobId"`;
  return rows.map((row) => row.blobId);
}

/** Which of these blobs the mail store still needs. */
export async function selectKnownBlobs(tx: TenantTx, ids: readonly BlobId[]): Promise<readonly BlobId[]> {
  const rows = await tx.sql<{ blobId: BlobId }[]>`
    select c.blob_id as "blobId" from mailbox_contents c where c.tenant_id = ${tx.tenantId} and c.blob_id = any(${[...ids]}::uuid[])
    union select u.blob_id from mailbox_uploads u where u.tenant_id = ${tx.tenantId} and u.blob_id = any(${[...ids]}::uuid[])
    union select m.blob_id from mailbox_messages m where m.tenant_id = ${tx.tenantId} and m.blob_id = any(${[...ids]}::uuid[])
    union select s.blob_id from mailbox_submissions s
      where s.tenant_id = ${tx.tenantId} and s.blob_id = any(${[...ids]}::uuid[]) and s.state = 'pending'`;
  return rows.map((row) => row.blobId);
}

/** Notes each account's modseq of this hour, and forgets hours older than the horizon, keeping the last of them. */
export async function noteHorizon(tx: TenantTx, now: Date, before: Date): Promise<void> {
  await tx.sql`insert into mailbox_horizons (tenant_id, account_id, hour, modseq)
    select ${tx.tenantId}, a.id, date_trunc('hour', ${now}::timestamptz), a.modseq from mailbox_accounts a where a.tenant_id = ${tx.tenantId}
    on conflict do nothing`;
  await tx.sql`update mailbox_accounts a set pruned_modseq = h.modseq
    from (select o.account_id, max(o.modseq) as modseq from mailbox_horizons o
      where o.tenant_id = ${tx.tenantId} and o.hour < ${before} group by o.account_id) h
    where a.tenant_id = ${tx.tenantId} and a.id = h.account_id and a.pruned_modseq < h.modseq`;
  await tx.sql`delete from mailbox_horizons o where o.tenant_id = ${tx.tenantId} and o.hour < ${before}`;
}

/**
 * Deletes some rows of the log of changes that lie behind their account's horizon, or whose mailbox is gone. Returns how
 * many: fewer than `limit` when none is left.
 */
export async function deletePrunedChanges(tx: TenantTx, limit: number): Promise<number> {
  const { count } = await tx.sql`with dead as (
      select o.mailbox_id, o.modseq from mailbox_accounts a
        join mailbox_mailboxes b on b.tenant_id = ${tx.tenantId} and b.account_id = a.id
        join mailbox_changes o on o.tenant_id = ${tx.tenantId} and o.mailbox_id = b.id and o.modseq <= a.pruned_modseq
        where a.tenant_id = ${tx.tenantId}
      union all
      select o.mailbox_id, o.modseq from mailbox_removed r
        join mailbox_changes o on o.tenant_id = ${tx.tenantId} and o.mailbox_id = r.mailbox_id
        where r.tenant_id = ${tx.tenantId}
      limit ${limit})
    delete from mailbox_changes c using dead
    where c.tenant_id = ${tx.tenantId} and c.mailbox_id = dead.mailbox_id and c.modseq = dead.modseq`;
  return count;
}

/**
 * Deletes some long rows of the log of changes that say nothing any more: each message they name is gone, for which there
 * are tombstones, or changed again, of which a later row tells. So flagging a whole mailbox every hour leaves one row.
 * Returns how many, as `deletePrunedChanges`.
 */
export async function deleteSupersededChanges(tx: TenantTx, limit: number): Promise<number> {
  const { count } = await tx.sql`with dead as (
      select o.mailbox_id, o.modseq from mailbox_changes o
      where o.tenant_id = ${tx.tenantId} and cardinality(o.uids) >= ${mailboxLimits.supersededUidsMin} and not exists (
        select 1 from unnest(o.uids) as u (uid) join mailbox_memberships p
          on p.tenant_id = ${tx.tenantId} and p.mailbox_id = o.mailbox_id and p.uid = u.uid and p.modseq = o.modseq)
      limit ${limit})
    delete from mailbox_changes c using dead
    where c.tenant_id = ${tx.tenantId} and c.mailbox_id = dead.mailbox_id and c.modseq = dead.modseq`;
  return count;
}

/** Deletes tombstones behind each account's horizon; those of messages stay with an account that goes for good anyway. */
export async function deletePrunedTombstones(tx: TenantTx): Promise<void> {
  await tx.sql`delete from mailbox_expunged e using mailbox_mailboxes b, mailbox_accounts a
    where e.tenant_id = ${tx.tenantId} and b.tenant_id = ${tx.tenantId} and b.id = e.mailbox_id
      and a.tenant_id = ${tx.tenantId} and a.id = b.account_id and e.modseq <= a.pruned_modseq
      and a.purge_wanted_at is null`;
  await tx.sql`delete from mailbox_expunged e using mailbox_removed r, mailbox_accounts a
    where e.tenant_id = ${tx.tenantId} and r.tenant_id = ${tx.tenantId} and r.mailbox_id = e.mailbox_id
      and a.tenant_id = ${tx.tenantId} and a.id = r.account_id and e.modseq <= a.pruned_modseq
      and a.purge_wanted_at is null`;
  await tx.sql`delete from mailbox_destroyed d using mailbox_accounts a
    where d.tenant_id = ${tx.tenantId} and a.tenant_id = ${tx.tenantId} and a.id = d.account_id and d.modseq <= a.pruned_modseq`;
  await tx.sql`delete from mailbox_removed d using mailbox_accounts a
    where d.tenant_id = ${tx.tenantId} and a.tenant_id = ${tx.tenantId} and a.id = d.account_id and d.modseq <= a.pruned_modseq
      and a.purge_wanted_at is null`;
  await tx.sql`delete from mailbox_submissions s using mailbox_accounts a
    where s.tenant_id = ${tx.tenantId} and a.tenant_id = ${tx.tenantId} and a.id = s.account_id and s.state <> 'pending'
      and s.destroyed_modseq <= a.pruned_modseq`;
  await tx.sql`delete from mailbox_identity_states s using mailbox_accounts a
    where s.tenant_id = ${tx.tenantId} and a.tenant_id = ${tx.tenantId} and a.id = s.account_id
      and s.destroyed_modseq <= a.pruned_modseq`;
}

/** Large mailboxes that have no summary, or one from many changes ago; some of them. */
export async function selectUnsummarised(
  tx: TenantTx,
): Promise<readonly { readonly accountId: MailAccountId; readonly mailboxId: MailboxId }[]> {
  return tx.sql<{ accountId: MailAccountId; mailboxId: MailboxId }[]>`
    select b.account_id as "accountId", b.id as "mailboxId" from mailbox_mailboxes b
    join mailbox_accounts a on a.tenant_id = ${tx.tenantId} and a.id = b.account_id and a.state <> 'deleted'
    left join mailbox_summaries s on s.tenant_id = ${tx.tenantId} and s.mailbox_id = b.id and s.format = ${summaryFormat}::smallint
    where b.tenant_id = ${tx.tenantId} and b.selectable and b.total >= ${mailboxLimits.summaryMessagesMin}
      and (s.modseq is null or s.modseq + ${mailboxLimits.summaryChangesKept}::int <= b.highest_modseq or s.modseq < least(a.pruned_modseq, b.highest_modseq))
    order by b.total desc limit ${mailboxLimits.summariesAtOnce}`;
}

/** References of threads in which no message is left. */
export async function deleteDeadReferences(tx: TenantTx): Promise<void> {
  await tx.sql`delete from mailbox_references r where r.tenant_id = ${tx.tenantId}
    and not exists (select 1 from mailbox_messages m where m.tenant_id = ${tx.tenantId} and m.thread_id = r.thread_id)`;
}

/** Every mailbox of the tenant gets a UIDVALIDITY its account has never given out, every account another state epoch. */
export async function raiseEpochs(tx: TenantTx, now: Date): Promise<number> {
  const rows = await tx.sql<{ id: string }[]>`
    with fresh as (
      select b.id, b.account_id, a.uidvalidity + row_number() over (partition by b.account_id order by b.id) as uidvalidity
      from mailbox_mailboxes b join mailbox_accounts a on a.tenant_id = ${tx.tenantId} and a.id = b.account_id
      where b.tenant_id = ${tx.tenantId}),
    boxes as (
      update mailbox_mailboxes b set uidvalidity = f.uidvalidity from fresh f
      where b.tenant_id = ${tx.tenantId} and b.id = f.id)
    update mailbox_accounts a set state_epoch = a.state_epoch + 1, updated_at = ${now},
      uidvalidity = a.uidvalidity + (select count(*)::int from fresh f where f.account_id = a.id)
    where a.tenant_id = ${tx.tenantId} returning a.id`;
  return rows.length;
}
