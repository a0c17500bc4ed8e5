import type { MailAccountId, TenantId } from "@casaforte/kernel";
import type { LookupTx, OperatorTx, TenantTx } from "@casaforte/platform/db";
import { isAddressIn } from "./address-in.ts";
import type { MailAccount, MailAccountState } from "./mail-account.ts";

interface AccountRow {
  id: MailAccountId;
  address: string;
  display_name: string;
  quota_bytes: bigint | null;
  used_bytes: bigint;
  messages: bigint;
  state: MailAccountState;
  imap_enabled: boolean;
  pop3_enabled: boolean;
  smtp_enabled: boolean;
  webmail_enabled: boolean;
  jmap_enabled: boolean;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

const toAccount = (row: AccountRow): MailAccount => ({
  id: row.id,
  address: row.address,
  displayName: row.display_name,
  quotaBytes: row.quota_bytes,
  usedBytes: row.used_bytes,
  messages: row.messages,
  state: row.state,
  protocols: {
    imap: row.imap_enabled,
    pop3: row.pop3_enabled,
    smtp: row.smtp_enabled,
    jmap: row.jmap_enabled,
    webmail: row.webmail_enabled,
  },
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  deletedAt: row.deleted_at,
});

export async function insertAccount(tx: TenantTx, account: MailAccount, uidvalidity: number): Promise<void> {
  const { protocols } = account;
  await tx.sql`insert into mailbox_accounts (tenant_id, id, address, display_name, quota_bytes, uidvalidity,
      imap_enabled, pop3_enabled, smtp_enabled, jmap_enabled, webmail_enabled, created_at, updated_at)
    values (${tx.tenantId}, ${account.id}, ${account.address}, ${account.displayName}, ${account.quotaBytes}, ${uidvalidity},
      ${protocols.imap}, ${protocols.pop3}, ${protocols.smtp}, ${protocols.jmap}, ${protocols.webmail}, ${account.createdAt}, ${account.createdAt})`;
}

/** Not one that was purged and is only kept by a hold. */
export async function selectAccount(tx: TenantTx, id: MailAccountId): Promise<MailAccount | null> {
  const [row] = await tx.sql<AccountRow[]>`select * from mailbox_accounts
    where tenant_id = ${tx.tenantId} and id = ${id} and purge_wanted_at is null`;
  return row ? toAccount(row) : null;
}

/** Waits for whoever changes, deletes or restores an account, and keeps others from it until the transaction ends. */
export async function holdAccount(tx: TenantTx, id: MailAccountId): Promise<void> {
  await tx.sql`select 1 from mailbox_accounts where tenant_id = ${tx.tenantId} and id = ${id} for no key update`;
}

/** A deleted one, also one that only a hold keeps. */
export async function selectDeletedAccount(tx: TenantTx, id: MailAccountId): Promise<MailAccount | null> {
  const [row] = await tx.sql<AccountRow[]>`select * from mailbox_accounts
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'deleted'`;
  return row ? toAccount(row) : null;
}

/** Until the transaction ends nobody calls it back or has it purged. False when it is not deleted. */
export async function lockDeletedAccount(tx: TenantTx, id: MailAccountId): Promise<boolean> {
  const rows = await tx.sql`select 1 from mailbox_accounts
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'deleted' for update`;
  return rows.length === 1;
}

export async function notePurgeWanted(tx: TenantTx, id: MailAccountId, at: Date): Promise<void> {
  await tx.sql`update mailbox_accounts set purge_wanted_at = ${at} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** The tenant's live account of that address. */
export async function selectAccountOfAddress(tx: TenantTx, address: string): Promise<MailAccountId | null> {
  const [row] = await tx.sql<{ id: MailAccountId }[]>`select id from mailbox_accounts
    where tenant_id = ${tx.tenantId} and address = ${address} and state <> 'deleted'`;
  return row?.id ?? null;
}

/** Which of these addresses a live account of whatever tenant has: the asking one's own, or null for another's. */
export async function selectAddressesInUse(
  tx: TenantTx,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, MailAccountId | null>> {
  const rows = await tx.sql<{ address: string; own: MailAccountId | null }[]>`
    select asked.address, case when found.tenant_id = ${tx.tenantId} then found.account_id end as own
    from unnest(${[...addresses]}::text[]) as asked (address)
    cross join lateral mailbox_account_by_address(asked.address) as found`;
  return new Map(rows.map(({ address, own }) => [address, own]));
}

/** Addresses by account, of deleted ones too. */
export async function selectAddresses(
  tx: TenantTx,
  ids: readonly MailAccountId[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.sql<{ id: MailAccountId; address: string }[]>`select id, address from mailbox_accounts
    where tenant_id = ${tx.tenantId} and id = any(${[...ids]}::uuid[])`;
  return new Map(rows.map(({ id, address }) => [id, address]));
}

export async function updateAccountRow(tx: TenantTx, account: MailAccount): Promise<void> {
  const { protocols } = account;
  await tx.sql`update mailbox_accounts set address = ${account.address}, display_name = ${account.displayName},
      quota_bytes = ${account.quotaBytes}, state = ${account.state}, imap_enabled = ${protocols.imap},
      pop3_enabled = ${protocols.pop3}, smtp_enabled = ${protocols.smtp}, jmap_enabled = ${protocols.jmap}, webmail_enabled = ${protocols.webmail},
      updated_at = ${account.updatedAt}, deleted_at = ${account.deletedAt}
    where tenant_id = ${tx.tenantId} and id = ${account.id}`;
}

export interface AccountPageQuery {
  readonly search: string;
  readonly states: readonly MailAccountState[];
  readonly afterAddress: string;
  readonly afterId: string;
  readonly limit: number;
}

/** In order of address; `search` is a part of address or name. One page and, apart, the whole count. */
export async function selectAccounts(tx: TenantTx, query: AccountPageQuery): Promise<readonly MailAccount[]> {
  const rows = await tx.sql<AccountRow[]>`select * from mailbox_accounts
    where tenant_id = ${tx.tenantId} and state = any(${[...query.states]}) and purge_wanted_at is null 
      and (address collate "C", id) > (${query.afterAddress}, ${query.afterId}::uuid)
      and (${query.search} = '' or position(${query.search} in address) > 0 or position(${query.search} in lower(display_name)) > 0)
    order by address collate "C", id limit ${query.limit}`;
  return rows.map(toAccount);
}

export async function countAccounts(
  tx: TenantTx,
  search: string,
  states: readonly MailAccountState[],
): Promise<{ readonly total: number; readonly usedBytes: bigint }> {
  const [row] = await tx.sql<{ total: number; usedBytes: bigint }[]>`
    select count(*)::int as total, coalesce(sum(used_bytes), 0)::bigint as "usedBytes" from mailbox_accounts
    where tenant_id = ${tx.tenantId} and state = any(${[...states]}) and purge_wanted_at is null
      and (${search} = '' or position(${search} in address) > 0 or position(${search} in lower(display_name)) > 0)`;
  return row ?? { total: 0, usedBytes: 0n };
}

/** Mail accounts of one mail domain: those that work, those suspended, and those deleted that can be called back. */
export interface DomainAccounts {
  /** A-labels. */
  readonly domain: string;
  readonly active: number;
  readonly suspended: number;
  readonly deleted: number;
  /** Of all of them. */
  readonly usedBytes: bigint;
}

/** By domain, in order of name; domains without an account are not among them. */
export async function selectAccountsByDomain(tx: TenantTx): Promise<readonly DomainAccounts[]> {
  return tx.sql<DomainAccounts[]>`
    select substring(address from '[^@]*$') as domain, count(*) filter (where state = 'active')::int as active,
      count(*) filter (where state = 'suspended')::int as suspended,
      count(*) filter (where state = 'deleted')::int as deleted, sum(used_bytes)::bigint as "usedBytes"
    from mailbox_accounts where tenant_id = ${tx.tenantId} and purge_wanted_at is null group by 1 order by 1`;
}

export interface AccountDoor {
  readonly tenantId: TenantId;
  readonly accountId: MailAccountId;
  readonly state: "active" | "suspended";
  readonly protocols: Omit<MailAccount["protocols"], "jmap">;
}

/** Across tenants, by the definer function. */
export async function selectAccountByAddress(tx: LookupTx | TenantTx, address: string): Promise<AccountDoor | null> {
  const [row] = await tx.sql<
    {
      tenant_id: TenantId;
      account_id: MailAccountId;
      state: "active" | "suspended";
      imap_enabled: boolean;
      pop3_enabled: boolean;
      smtp_enabled: boolean;
      webmail_enabled: boolean;
    }[]
  >`select * from mailbox_account_by_address(${address})`;
  if (!row) return null;
  return {
    tenantId: row.tenant_id,
    accountId: row.account_id,
    state: row.state,
    protocols: {
      imap: row.imap_enabled,
      pop3: row.pop3_enabled,
      smtp: row.smtp_enabled,
      webmail: row.webmail_enabled,
    },
  };
}

/** The accounts of a mail domain (A-labels), deleted ones too. */
export async function selectAccountsIn(
  tx: TenantTx,
  domainName: string,
): Promise<readonly Pick<MailAccount, "id" | "state">[]> {
  const rows = await tx.sql<Pick<MailAccount, "id" | "state" | "address">[]>`
    select id, state, address from mailbox_accounts where tenant_id = ${tx.tenantId} order by id`;
  return rows.filter(({ address }) => isAddressIn(address, domainName));
}

/** The mailboxes that accounts have or had. */
export async function selectMailboxIds(tx: TenantTx, accounts: readonly MailAccountId[]): Promise<readonly string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select id from mailbox_mailboxes where tenant_id = ${tx.tenantId} and account_id = any(${[...accounts]}::uuid[])
    union select mailbox_id from mailbox_removed where tenant_id = ${tx.tenantId} and account_id = any(${[...accounts]}::uuid[])`;
  return rows.map(({ id }) => id);
}

/** Removes everything of a deleted account; contents and blobs wait for the collector. */
export async function purgeAccountRows(tx: TenantTx, id: MailAccountId): Promise<void> {
  const { sql, tenantId } = tx;
  await sql`delete from mailbox_memberships where tenant_id = ${tenantId} and mailbox_id in (
    select b.id from mailbox_mailboxes b where b.tenant_id = ${tenantId} and b.account_id = ${id})`;
  await sql`delete from mailbox_changes where tenant_id = ${tenantId} and mailbox_id in (
    select b.id from mailbox_mailboxes b where b.tenant_id = ${tenantId} and b.account_id = ${id})`;
  await sql`delete from mailbox_expunged where tenant_id = ${tenantId} and mailbox_id in (
    select b.id from mailbox_mailboxes b where b.tenant_id = ${tenantId} and b.account_id = ${id}
    union select r.mailbox_id from mailbox_removed r where r.tenant_id = ${tenantId} and r.account_id = ${id})`;
  await sql`delete from mailbox_references where tenant_id = ${tenantId} and account_id = ${id}`;
  await sql`delete from mailbox_destroyed where tenant_id = ${tenantId} and account_id = ${id}`;
  await sql`delete from mailbox_removed where tenant_id = ${tenantId} and account_id = ${id}`;
  await sql`delete from mailbox_horizons where tenant_id = ${tenantId} and account_id = ${id}`;
  await sql`delete from mailbox_messages where tenant_id = ${tenantId} and account_id = ${id}`;
  await sql`delete from mailbox_mailboxes where tenant_id = ${tenantId} and account_id = ${id}`;
  await sql`delete from mailbox_accounts where tenant_id = ${tenantId} and id = ${id} and state = 'deleted'`;
}

/** Deleted accounts whose time to be called back is over, or that were purged under a hold. */
export async function selectPurgeableAccounts(tx: TenantTx, before: Date): Promise<readonly MailAccountId[]> {
  const rows = await tx.sql<{ id: MailAccountId }[]>`select id from mailbox_accounts
    where tenant_id = ${tx.tenantId} and state = 'deleted' and (deleted_at < ${before} or purge_wanted_at is not null)`;
  return rows.map((row) => row.id);
}

/** Who has mail: tenants with an account that is not deleted (R24). */
export async function selectTenantsWithMail(tx: OperatorTx): Promise<TenantId[]> {
  const rows = await tx.sql<{ tenantId: TenantId }[]>`
    select distinct tenant_id as "tenantId" from mailbox_accounts where state <> 'deleted' order by 1`;
  return rows.map(({ tenantId }) => tenantId);
}
