import type { MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { ShareAccess } from "./share-access.ts";

/** Another account's mail that somebody may use. */
export interface SharedAccount {
  readonly accountId: MailAccountId;
  readonly address: string;
  readonly access: ShareAccess;
}

/** What a live account may use besides itself, in order of address. Mail of a suspended account stays open to its team. */
export async function selectSharedWith(tx: TenantTx, member: MailAccountId): Promise<readonly SharedAccount[]> {
  return tx.sql<SharedAccount[]>`
    select s.account_id as "accountId", a.address, s.access from mailbox_shares s
    join mailbox_accounts a on a.tenant_id = ${tx.tenantId} and a.id = s.account_id and a.state <> 'deleted'
    join mailbox_accounts m on m.tenant_id = ${tx.tenantId} and m.id = s.member_id and m.state = 'active'
    where s.tenant_id = ${tx.tenantId} and s.member_id = ${member} order by a.address`;
}

/** How far it goes now; null when not at all. */
export async function selectShareAccess(
  tx: TenantTx,
  member: MailAccountId,
  owner: MailAccountId,
): Promise<ShareAccess | null> {
  const [row] = await tx.sql<{ access: ShareAccess }[]>`
    select s.access from mailbox_shares s
    join mailbox_accounts a on a.tenant_id = ${tx.tenantId} and a.id = s.account_id and a.state <> 'deleted'
    join mailbox_accounts m on m.tenant_id = ${tx.tenantId} and m.id = s.member_id and m.state = 'active'
    where s.tenant_id = ${tx.tenantId} and s.account_id = ${owner} and s.member_id = ${member}`;
  return row?.access ?? null;
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
