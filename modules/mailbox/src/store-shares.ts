import type { MailAccountId, MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { FolderAccess, Share, ShareAccess } from "./share-access.ts";

/** Another account's mail that somebody may use. */
export interface SharedAccount extends Share {
  readonly accountId: MailAccountId;
  readonly address: string;
}

interface RawShare {
  readonly access: ShareAccess | null;
  readonly folders: Readonly<Record<MailboxId, FolderAccess>> | null;
}

const toShare = ({ access, folders }: RawShare): Share => ({
  access,
  folders: new Map(Object.entries(folders ?? {}) as [MailboxId, FolderAccess][]),
});

/** What a live account may use besides itself, in order of address. Mail of a suspended account stays open to its team. */
export async function selectSharedWith(tx: TenantTx, member: MailAccountId): Promise<readonly SharedAccount[]> {
  const rows = await tx.sql<(RawShare & Pick<SharedAccount, "accountId" | "address">)[]>`
    select a.id as "accountId", a.address, s.access, f.folders from (
      select w.account_id from mailbox_shares w where w.tenant_id = ${tx.tenantId} and w.member_id = ${member}
      union
      select w.account_id from mailbox_folder_shares w where w.tenant_id = ${tx.tenantId} and w.member_id = ${member}) x
    join mailbox_accounts a on a.tenant_id = ${tx.tenantId} and a.id = x.account_id and a.state <> 'deleted'
    join mailbox_accounts m on m.tenant_id = ${tx.tenantId} and m.id = ${member} and m.state = 'active'
    left join mailbox_shares s on s.tenant_id = ${tx.tenantId} and s.account_id = a.id and s.member_id = m.id
    cross join lateral (select jsonb_object_agg(w.mailbox_id, w.access) as folders from mailbox_folder_shares w
      where w.tenant_id = ${tx.tenantId} and w.account_id = a.id and w.member_id = m.id) f
    order by a.address`;
  return rows.map(({ accountId, address, ...raw }) => ({ accountId, address, ...toShare(raw) }));
}

/** How far it goes now; null when not at all. */
export async function selectShare(tx: TenantTx, member: MailAccountId, owner: MailAccountId): Promise<Share | null> {
  const [row] = await tx.sql<RawShare[]>`
    select s.access, f.folders from mailbox_accounts a
    join mailbox_accounts m on m.tenant_id = ${tx.tenantId} and m.id = ${member} and m.state = 'active'
    left join mailbox_shares s on s.tenant_id = ${tx.tenantId} and s.account_id = a.id and s.member_id = m.id
    cross join lateral (select jsonb_object_agg(w.mailbox_id, w.access) as folders from mailbox_folder_shares w
      where w.tenant_id = ${tx.tenantId} and w.account_id = a.id and w.member_id = m.id) f
    where a.tenant_id = ${tx.tenantId} and a.id = ${owner} and a.state <> 'deleted'
      and (s.access is not null or f.folders is not null)`;
  return row ? toShare(row) : null;
}

export interface ShareRow {
  readonly memberId: MailAccountId;
  readonly address: string;
  readonly access: ShareAccess;
}

/** Who may use an account's mail, in order of address; deleted members are left out, they come back if called back. */
export async function selectShares(tx: TenantTx, owner: MailAccountId): Promise<readonly ShareRow[]> {
  return tx.sql<ShareRow[]>`
    select s.member_id as "memberId", m.address, s.access from mailbox_shares s
    join mailbox_accounts m on m.tenant_id = ${tx.tenantId} and m.id = s.member_id and m.state <> 'deleted'
    where s.tenant_id = ${tx.tenantId} and s.account_id = ${owner} order by m.address`;
}

/** Which of these are live accounts of the tenant. */
export async function selectLiveAccounts(
  tx: TenantTx,
  ids: readonly MailAccountId[],
): Promise<ReadonlySet<MailAccountId>> {
  const rows = await tx.sql<{ id: MailAccountId }[]>`select id from mailbox_accounts
    where tenant_id = ${tx.tenantId} and id = any(${[...ids]}::uuid[]) and state <> 'deleted'`;
  return new Set(rows.map(({ id }) => id));
}

/** The whole list anew; shares of members who are deleted now stay. */
export async function replaceShares(
  tx: TenantTx,
  owner: MailAccountId,
  shares: readonly { readonly memberId: MailAccountId; readonly access: ShareAccess }[],
  now: Date,
): Promise<void> {
  const members = shares.map(({ memberId }) => memberId);
  await tx.sql`delete from mailbox_shares s using mailbox_accounts m
    where s.tenant_id = ${tx.tenantId} and s.account_id = ${owner} and s.member_id <> all(${members}::uuid[])
      and m.tenant_id = ${tx.tenantId} and m.id = s.member_id and m.state <> 'deleted'`;
  await tx.sql`insert into mailbox_shares (tenant_id, account_id, member_id, access, granted_at)
    select ${tx.tenantId}, ${owner}, n.member_id, n.access, ${now}
    from unnest(${members}::uuid[], ${shares.map(({ access }) => access)}::text[]) as n (member_id, access)
    on conflict (tenant_id, account_id, member_id) do update set access = excluded.access, granted_at = excluded.granted_at
      where mailbox_shares.access <> excluded.access`;
}

export interface FolderShareRow {
  readonly memberId: MailAccountId;
  readonly address: string;
  readonly access: FolderAccess;
}

/** Who may use one mailbox by a share of its own, in order of address; deleted members are left out, as in `selectShares`. */
export async function selectFolderShares(tx: TenantTx, mailboxId: MailboxId): Promise<readonly FolderShareRow[]> {
  return tx.sql<FolderShareRow[]>`
    select s.member_id as "memberId", m.address, s.access from mailbox_folder_shares s
    join mailbox_accounts m on m.tenant_id = ${tx.tenantId} and m.id = s.member_id and m.state <> 'deleted'
    where s.tenant_id = ${tx.tenantId} and s.mailbox_id = ${mailboxId} order by m.address`;
}

export interface PlacedFolderShare extends FolderShareRow {
  readonly mailboxId: MailboxId;
  readonly path: string;
}

/** Shares of single mailboxes of an account, in order of their names and of addresses. */
export async function selectFolderSharesOf(
  tx: TenantTx,
  accountId: MailAccountId,
): Promise<readonly PlacedFolderShare[]> {
  return tx.sql<PlacedFolderShare[]>`
    select s.mailbox_id as "mailboxId", b.path, s.member_id as "memberId", m.address, s.access
    from mailbox_mailboxes b
    join mailbox_folder_shares s on s.tenant_id = ${tx.tenantId} and s.mailbox_id = b.id
    join mailbox_accounts m on m.tenant_id = ${tx.tenantId} and m.id = s.member_id and m.state <> 'deleted'
    where b.tenant_id = ${tx.tenantId} and b.account_id = ${accountId} order by b.path, m.address`;
}

export interface FolderShareKey {
  readonly accountId: MailAccountId;
  readonly mailboxId: MailboxId;
  readonly memberId: MailAccountId;
}

export async function putFolderShare(
  tx: TenantTx,
  key: FolderShareKey,
  access: FolderAccess,
  now: Date,
): Promise<void> {
  await tx.sql`insert into mailbox_folder_shares (tenant_id, account_id, mailbox_id, member_id, access, granted_at)
    values (${tx.tenantId}, ${key.accountId}, ${key.mailboxId}, ${key.memberId}, ${access}, ${now})
    on conflict (tenant_id, mailbox_id, member_id) do update set access = excluded.access, granted_at = excluded.granted_at`;
}

export async function deleteFolderShare(tx: TenantTx, { mailboxId, memberId }: FolderShareKey): Promise<void> {
  await tx.sql`delete from mailbox_folder_shares
    where tenant_id = ${tx.tenantId} and mailbox_id = ${mailboxId} and member_id = ${memberId}`;
}

/** Of a mailbox that is deleted while its name stays: whoever makes it anew shares it anew. */
/**
 * One more share that the owner is told of on that day, under the account's lock. Returns which of the day's it is, from 1; null
 * when there were `max` already.
 */
export async function countShareTold(
  tx: TenantTx,
  accountId: MailAccountId,
  { day, max }: { readonly day: number; readonly max: number },
): Promise<number | null> {
  const [row] = await tx.sql<{ told: number }[]>`update mailbox_accounts set shares_told_day = ${day},
      shares_told = case when shares_told_day = ${day} then shares_told + 1 else 1 end
    where tenant_id = ${tx.tenantId} and id = ${accountId} and (shares_told_day <> ${day} or shares_told < ${max})
    returning shares_told as told`;
  return row?.told ?? null;
}

export async function deleteFolderSharesOf(tx: TenantTx, mailboxId: MailboxId): Promise<void> {
  await tx.sql`delete from mailbox_folder_shares where tenant_id = ${tx.tenantId} and mailbox_id = ${mailboxId}`;
}
