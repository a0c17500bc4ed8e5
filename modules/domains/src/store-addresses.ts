import type { DomainId, MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { MailAddress } from "./address.ts";
import type { Address, AddressId, AddressKind, GivenSendRight, SenderAddress, SendRightMode } from "./types.ts";

/** Until the transaction ends nobody else changes where the tenant's addresses lead. */
export async function lockAddresses(tx: TenantTx): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtextextended('domains_addresses ' || ${tx.tenantId}, 0))`;
}

/** What an address leads to inside the tenant, in any case of letters, pending domains too: exact, without its plus part, catch-all. */
export async function selectTarget(
  tx: TenantTx,
  address: string,
): Promise<{ readonly id: AddressId; readonly forwardTo: readonly string[] } | null> {
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at).toLowerCase();
  const [row] = await tx.sql<{ id: AddressId; forward_to: string[] }[]>`
    select a.id, a.forward_to from domains_domains d
    join domains_addresses a on a.tenant_id = d.tenant_id and a.domain_id = coalesce(d.alias_of, d.id)
    where d.tenant_id = ${tx.tenantId} and d.name = ${address.slice(at + 1)}
      and a.local_part in (${local}, split_part(${local}, '+', 1), '')
    order by (a.local_part = ${local}) desc, (a.local_part <> '') desc limit 1`;
  return row ? { id: row.id, forwardTo: row.forward_to } : null;
}

export async function updateAddressTargets(tx: TenantTx, address: Address): Promise<void> {
  await tx.sql`update domains_addresses set mail_account_id = ${address.mailAccountId}, forward_to = ${[...address.forwardTo]}
    where tenant_id = ${tx.tenantId} and id = ${address.id}`;
}

/** Addresses that forward to the domain of that name. */
export async function selectForwardsInto(
  tx: TenantTx,
  domainName: string,
): Promise<readonly { readonly id: AddressId; readonly forwardTo: readonly string[] }[]> {
  const rows = await tx.sql<{ id: AddressId; forward_to: string[] }[]>`
    select id, forward_to from domains_addresses where tenant_id = ${tx.tenantId}
      and exists (select 1 from unnest(forward_to) f where f like '%@' || ${domainName}::text)`;
  return rows.map((row) => ({ id: row.id, forwardTo: row.forward_to }));
}

export async function setAliasOf(tx: TenantTx, id: DomainId, aliasOf: DomainId | null): Promise<void> {
  await tx.sql`update domains_domains set alias_of = ${aliasOf} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function countAliasesOf(tx: TenantTx, id: DomainId): Promise<number> {
  const [row] = await tx.sql<{ count: bigint }[]>`
    select count(*) as count from domains_domains where tenant_id = ${tx.tenantId} and alias_of = ${id}`;
  return Number(row?.count ?? 0n);
}

export interface AddressPageQuery {
  readonly domainId: DomainId | null;
  readonly mailAccountId: MailAccountId | null;
  readonly kinds: readonly AddressKind[];
  /** Part of the address or of where it leads; lower case. */
  readonly search: string;
  readonly after: readonly [domain: string, local: string];
  readonly limit: number;
}

export async function selectAddressPage(tx: TenantTx, query: AddressPageQuery): Promise<readonly Address[]> {
  const { search } = query;
  const [domain, local] = query.after;
  // Domain by domain in the order of their index, each from where the page begins to where it must end. In the C locale the
  // next text behind one is itself and the lowest character.
  const next = `${local}\u0001`;
  const rows = await tx.sql<
    {
      id: AddressId;
      domain_id: DomainId;
      local_part: string;
      domain_name: string;
      kind: AddressKind;
      mail_account_id: MailAccountId | null;
      forward_to: string[];
    }[]
  >`
    select a.id, d.id as domain_id, a.local_part, d.name as domain_name, a.kind, a.mail_account_id, a.forward_to
    from domains_domains d cross join lateral (
      select x.id, x.local_part, x.kind, x.mail_account_id, x.forward_to from domains_addresses x
      where x.tenant_id = ${tx.tenantId} and x.domain_id = d.id ${ofKinds(tx, query.kinds)}
        ${query.mailAccountId === null ? tx.sql`` : tx.sql`and x.mail_account_id = ${query.mailAccountId}`}
        and x.local_part >= case when d.name = ${domain} then ${next} else '' end
        and (${search} = '' or position(${search} in x.local_part || '@' || d.name) > 0
          or exists (select 1 from unnest(x.forward_to) f where position(${search} in lower(f)) > 0))
      order by x.local_part limit ${query.limit}) a
    where d.tenant_id = ${tx.tenantId} and d.name >= ${domain}
      ${query.domainId === null ? tx.sql`` : tx.sql`and d.id = ${query.domainId}`}
    order by d.name, a.local_part limit ${query.limit}`;
  return rows.map((row) => ({
    id: row.id,
    domainId: row.domain_id,
    localPart: row.local_part,
    domainName: row.domain_name,
    kind: row.kind,
    mailAccountId: row.mail_account_id,
    forwardTo: row.forward_to,
  }));
}

/** Each condition makes the planner expect fewer rows, and of few it would rather sort all: none is said twice. */
function ofKinds({ sql }: TenantTx, kinds: readonly AddressKind[]) {
  const isWhole = (["alias", "forward", "catch_all", "group"] as const).every((kind) => kinds.includes(kind));
  const some = isWhole ? sql`` : sql`and x.kind = any(${[...kinds]})`;
  return kinds.includes("mailbox") ? some : sql`${some} and x.kind <> 'mailbox'`;
}

/** How many addresses each of these domains has; one without any is not among them. */
export async function countAddressesOf(tx: TenantTx, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.sql<{ id: string; count: number }[]>`
    select domain_id as id, count(*)::int as count from domains_addresses
    where tenant_id = ${tx.tenantId} and domain_id = any(${[...ids]}::uuid[]) group by domain_id`;
  return new Map(rows.map(({ id, count }) => [id, count]));
}

/** Which of these addresses (A-labels) there are, of whatever kind. */
export async function selectExisting(tx: TenantTx, addresses: readonly MailAddress[]): Promise<ReadonlySet<string>> {
  const rows = await tx.sql<{ address: string }[]>`
    select a.local_part || '@' || d.name as address
    from unnest(${addresses.map(({ local }) => local)}::text[], ${addresses.map(({ domain }) => domain)}::text[])
      as asked (local, domain)
    join domains_domains d on d.tenant_id = ${tx.tenantId} and d.name = asked.domain
    join domains_addresses a on a.tenant_id = ${tx.tenantId} and a.domain_id = d.id and a.local_part = asked.local`;
  return new Set(rows.map(({ address }) => address));
}

/** The mailbox address of each account. */
export async function selectMailboxAddresses(
  tx: TenantTx,
  accounts: readonly MailAccountId[],
): Promise<ReadonlyMap<MailAccountId, string>> {
  const rows = await tx.sql<{ id: MailAccountId; address: string }[]>`
    select a.mail_account_id as id, a.local_part || '@' || d.name as address
    from domains_addresses a join domains_domains d on d.tenant_id = a.tenant_id and d.id = a.domain_id
    where a.tenant_id = ${tx.tenantId} and a.kind = 'mailbox' and a.mail_account_id = any(${[...accounts]}::uuid[])`;
  return new Map(rows.map(({ id, address }) => [id, address]));
}

/** Accounts that were given the right to send as that address, or on behalf of its owner. */
export async function selectSendRights(tx: TenantTx, id: AddressId): Promise<readonly GivenSendRight[]> {
  const rows = await tx.sql<{ mail_account_id: MailAccountId; mode: SendRightMode }[]>`
    select mail_account_id, mode from domains_send_rights where tenant_id = ${tx.tenantId} and address_id = ${id}
    order by mail_account_id`;
  return rows.map((row) => ({ mailAccountId: row.mail_account_id, mode: row.mode }));
}

export async function replaceSendRights(
  tx: TenantTx,
  id: AddressId,
  rights: readonly GivenSendRight[],
  at: Date,
): Promise<void> {
  const { sql, tenantId } = tx;
  const accounts = rights.map(({ mailAccountId }) => mailAccountId);
  await sql`delete from domains_send_rights where tenant_id = ${tenantId} and address_id = ${id}
    and mail_account_id <> all(${accounts}::uuid[])`;
  await sql`insert into domains_send_rights (tenant_id, address_id, mail_account_id, mode, granted_at)
    select ${tenantId}, ${id}, n.account, n.mode, ${at}
    from unnest(${accounts}::uuid[], ${rights.map(({ mode }) => mode)}::text[]) as n (account, mode)
    on conflict (tenant_id, address_id, mail_account_id) do update set mode = excluded.mode, granted_at = excluded.granted_at
      where domains_send_rights.mode <> excluded.mode`;
}

/** Notes the aliases of an account that goes, and a catch-all without forwards. */
export async function keepAddresses(tx: TenantTx, account: MailAccountId, at: Date): Promise<void> {
  await tx.sql`insert into domains_kept_addresses (tenant_id, mail_account_id, domain_id, local_part, kind, kept_at)
    select ${tx.tenantId}, ${account}, a.domain_id, a.local_part, a.kind, ${at} from domains_addresses a
    where a.tenant_id = ${tx.tenantId} and a.mail_account_id = ${account} and a.kind in ('alias', 'catch_all')
      and cardinality(a.forward_to) = 0
    on conflict do nothing`;
}

export interface KeptAddress {
  readonly domainId: DomainId;
  readonly localPart: string;
  readonly kind: "alias" | "catch_all";
}

/** Takes what was noted and nobody has taken meanwhile, in domains that are no alias of another. Nothing stays noted. */
export async function takeKeptAddresses(tx: TenantTx, account: MailAccountId): Promise<readonly KeptAddress[]> {
  return tx.sql<KeptAddress[]>`
    with kept as (
      delete from domains_kept_addresses where tenant_id = ${tx.tenantId} and mail_account_id = ${account}
      returning domain_id, local_part, kind)
    select k.domain_id as "domainId", k.local_part as "localPart", k.kind from kept k
    join domains_domains d on d.tenant_id = ${tx.tenantId} and d.id = k.domain_id and d.alias_of is null
    where not exists (select 1 from domains_addresses a
      where a.tenant_id = ${tx.tenantId} and a.domain_id = k.domain_id and a.local_part = k.local_part)
    order by d.name, k.local_part`;
}

export async function deleteSendRightsOf(tx: TenantTx, account: MailAccountId): Promise<void> {
  await tx.sql`delete from domains_send_rights where tenant_id = ${tx.tenantId} and mail_account_id = ${account}`;
}

/**
 * Every address an account may send as, or on behalf of: its own and those it was given the right for, each in its own domain
 * and in the alias domains. Own mailbox address first. Nothing in a domain whose ownership is not proved.
 */
export async function selectSenderAddresses(tx: TenantTx, account: MailAccountId): Promise<readonly SenderAddress[]> {
  return tx.sql<SenderAddress[]>`
    select a.local_part || '@' || d.name as address,
      case when a.mail_account_id = ${account} and a.kind in ('mailbox', 'alias') then 'own' else r.mode end as right
    from (
      select id from domains_addresses
      where tenant_id = ${tx.tenantId} and mail_account_id = ${account} and kind in ('mailbox', 'alias')
      union select address_id from domains_send_rights where tenant_id = ${tx.tenantId} and mail_account_id = ${account}) its (id)
    join domains_addresses a on a.tenant_id = ${tx.tenantId} and a.id = its.id
    join domains_domains d on d.tenant_id = a.tenant_id and (d.id = a.domain_id or d.alias_of = a.domain_id)
      and d.state = 'active'
    left join domains_send_rights r on r.tenant_id = ${tx.tenantId} and r.address_id = a.id
      and r.mail_account_id = ${account}
    where a.local_part <> ''
    order by (a.mail_account_id is not distinct from ${account} and a.kind = 'mailbox' and d.id = a.domain_id) desc, d.name, a.local_part`;
}

/** Nobody gets mail by it any more. */
export async function markClosed(tx: TenantTx, id: DomainId, at: Date): Promise<void> {
  await tx.sql`
    update domains_domains set state = 'pending', verified_at = null, closed_at = ${at}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** No address leads into the domain of that name any more; an address that leads nowhere else goes. */
export async function removeTargetsIn(tx: TenantTx, domainName: string): Promise<void> {
  const { sql, tenantId } = tx;
  const others = sql`array(select f from unnest(forward_to) f where f not like '%@' || ${domainName}::text)`;
  const leads = sql`exists (select 1 from unnest(forward_to) f where f like '%@' || ${domainName}::text)`;
  await sql`
    delete from domains_addresses
    where tenant_id = ${tenantId} and ${leads} and mail_account_id is null and cardinality(${others}) = 0`;
  await sql`update domains_addresses set forward_to = ${others} where tenant_id = ${tenantId} and ${leads}`;
}
