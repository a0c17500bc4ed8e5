import type { DomainId, MailAccountId, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx, Tx } from "@casaforte/platform/db";
import type { MailAddress } from "./address.ts";
import type { Address, AddressId, AddressKind, Domain, Resolution, StsMode } from "./types.ts";

interface DomainRow {
  tenant_id: TenantId;
  id: DomainId;
  name: string;
  state: "pending" | "active";
  verification_token: string;
  created_at: Date;
  verified_at: Date | null;
  checked_at: Date | null;
  alias_of: DomainId | null;
  sts_mode: StsMode;
  sts_mode_from: Date | null;
  closed_at: Date | null;
}

const toDomain = (row: DomainRow): Domain => ({
  tenantId: row.tenant_id,
  id: row.id,
  name: row.name,
  state: row.state,
  verificationToken: row.verification_token,
  createdAt: row.created_at,
  verifiedAt: row.verified_at,
  checkedAt: row.checked_at,
  aliasOf: row.alias_of,
  stsMode: row.sts_mode,
  stsModeFrom: row.sts_mode_from,
  closedAt: row.closed_at,
});

const columns = (tx: Tx) =>
  tx.sql`d.tenant_id, d.id, d.name, d.state, d.verification_token, d.created_at, d.verified_at, d.checked_at, d.alias_of, d.sts_mode, d.sts_mode_from, d.closed_at`;

export async function insertDomain(tx: TenantTx, domain: Domain): Promise<void> {
  await tx.sql`
    insert into domains_domains (tenant_id, id, name, state, verification_token, created_at)
    values (${tx.tenantId}, ${domain.id}, ${domain.name}, ${domain.state}, ${domain.verificationToken},
      ${domain.createdAt})`;
}

export async function selectDomain(tx: TenantTx, id: DomainId): Promise<Domain | null> {
  const [row] = await tx.sql<DomainRow[]>`
    select ${columns(tx)} from domains_domains d where d.tenant_id = ${tx.tenantId} and d.id = ${id}`;
  return row ? toDomain(row) : null;
}

export async function selectDomainByName(tx: TenantTx, name: string): Promise<Domain | null> {
  const [row] = await tx.sql<DomainRow[]>`
    select ${columns(tx)} from domains_domains d where d.tenant_id = ${tx.tenantId} and d.name = ${name}`;
  return row ? toDomain(row) : null;
}

export async function selectDomainsByName(tx: TenantTx, names: readonly string[]): Promise<Domain[]> {
  const rows = await tx.sql<DomainRow[]>`
    select ${columns(tx)} from domains_domains d where d.tenant_id = ${tx.tenantId} and d.name = any(${[...names]}::text[])`;
  return rows.map(toDomain);
}

export async function selectDomains(tx: TenantTx): Promise<Domain[]> {
  const rows = await tx.sql<DomainRow[]>`
    select ${columns(tx)} from domains_domains d where d.tenant_id = ${tx.tenantId} order by d.name`;
  return rows.map(toDomain);
}

export async function selectAllDomains(tx: OperatorTx, after: string, limit: number): Promise<Domain[]> {
  const rows = await tx.sql<DomainRow[]>`
    select ${columns(tx)} from domains_domains d where d.name > ${after} order by d.name, d.tenant_id limit ${limit}`;
  return rows.map(toDomain);
}

export async function countDomains(tx: TenantTx): Promise<number> {
  const [row] = await tx.sql<{ count: bigint }[]>`
    select count(*) as count from domains_domains where tenant_id = ${tx.tenantId}`;
  return Number(row?.count ?? 0n);
}

export async function markVerified(tx: TenantTx, id: DomainId, at: Date): Promise<void> {
  await tx.sql`
    update domains_domains set state = 'active', verified_at = ${at}, checked_at = ${at}
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'pending' and closed_at is null`;
}

export async function markChecked(tx: TenantTx, id: DomainId, at: Date): Promise<void> {
  await tx.sql`update domains_domains set checked_at = ${at} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function updateStsMode(tx: TenantTx, id: DomainId, mode: StsMode, at: Date): Promise<void> {
  await tx.sql`
    update domains_domains set sts_mode = ${mode}, sts_mode_from = ${at}
    where tenant_id = ${tx.tenantId} and id = ${id} and sts_mode <> ${mode}`;
}

/** The definer function `domains_sts_mode`: of an active domain of whatever tenant. */
export async function selectStsMode(tx: Tx, domain: string): Promise<StsMode | null> {
  const [row] = await tx.sql<{ mode: StsMode | null }[]>`select domains_sts_mode(${domain.toLowerCase()}) as mode`;
  return row?.mode ?? null;
}

export async function deleteDomain(tx: TenantTx, id: DomainId): Promise<void> {
  await tx.sql`delete from domains_domains where tenant_id = ${tx.tenantId} and id = ${id}`;
}

interface AddressRow {
  id: AddressId;
  domain_id: DomainId;
  local_part: string;
  domain_name: string;
  kind: AddressKind;
  mail_account_id: MailAccountId | null;
  forward_to: string[];
}

const toAddress = (row: AddressRow): Address => ({
  id: row.id,
  domainId: row.domain_id,
  localPart: row.local_part,
  domainName: row.domain_name,
  kind: row.kind,
  mailAccountId: row.mail_account_id,
  forwardTo: row.forward_to,
});

export async function insertAddress(tx: TenantTx, address: Address, at: Date): Promise<void> {
  await tx.sql`
    insert into domains_addresses (tenant_id, id, domain_id, local_part, kind, mail_account_id, forward_to, created_at)
    values (${tx.tenantId}, ${address.id}, ${address.domainId}, ${address.localPart}, ${address.kind},
      ${address.mailAccountId}, ${[...address.forwardTo]}, ${at})`;
}

export async function selectAddresses(
  tx: TenantTx,
  filter: { domainId?: DomainId; mailAccountId?: MailAccountId },
): Promise<Address[]> {
  const rows = await tx.sql<AddressRow[]>`
    select a.id, a.domain_id, a.local_part, d.name as domain_name, a.kind, a.mail_account_id, a.forward_to
    from domains_addresses a join domains_domains d on d.tenant_id = a.tenant_id and d.id = a.domain_id
    where a.tenant_id = ${tx.tenantId}
      ${filter.domainId === undefined ? tx.sql`` : tx.sql`and a.domain_id = ${filter.domainId}`}
      ${filter.mailAccountId === undefined ? tx.sql`` : tx.sql`and a.mail_account_id = ${filter.mailAccountId}`}
    order by d.name, a.local_part`;
  return rows.map(toAddress);
}

export async function selectAddress(tx: TenantTx, id: AddressId): Promise<Address | null> {
  const [row] = await tx.sql<AddressRow[]>`
    select a.id, a.domain_id, a.local_part, d.name as domain_name, a.kind, a.mail_account_id, a.forward_to
    from domains_addresses a join domains_domains d on d.tenant_id = a.tenant_id and d.id = a.domain_id
    where a.tenant_id = ${tx.tenantId} and a.id = ${id}`;
  return row ? toAddress(row) : null;
}

export async function countAddresses(tx: TenantTx, domainId: DomainId): Promise<number> {
  const [row] = await tx.sql<{ count: bigint }[]>`
    select count(*) as count from domains_addresses where tenant_id = ${tx.tenantId} and domain_id = ${domainId}`;
  return Number(row?.count ?? 0n);
}

export async function deleteAddress(tx: TenantTx, id: AddressId): Promise<void> {
  await tx.sql`delete from domains_addresses where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function deleteAddressesOfAccount(tx: TenantTx, mailAccountId: MailAccountId): Promise<number> {
  const gone = await tx.sql`
    delete from domains_addresses where tenant_id = ${tx.tenantId} and mail_account_id = ${mailAccountId}`;
  return gone.count;
}

interface ResolvedRow {
  tenant_id: TenantId | null;
  domain_id: DomainId;
  kind: AddressKind | null;
  mail_account_id: MailAccountId | null;
  forward_to: string[] | null;
}

/**
 * The definer function `domains_resolve` for each address, in their order, in one statement. Works in any kind of
 * transaction of the runtime role.
 */
export async function resolveAll(tx: Tx, addresses: readonly MailAddress[]): Promise<readonly Resolution[]> {
  const rows = await tx.sql<ResolvedRow[]>`
    select r.tenant_id, r.domain_id, r.kind, r.mail_account_id, r.forward_to
    from unnest(${addresses.map(({ local }) => local)}::text[], ${addresses.map(({ domain }) => domain)}::text[])
      with ordinality as asked (local, domain, at)
    left join lateral domains_resolve(asked.local, asked.domain) r on true
    order by asked.at`;
  return rows.map((row) => {
    if (row.tenant_id === null) return { kind: "not_hosted" };
    if (row.kind === null) return { kind: "unknown", tenantId: row.tenant_id };
    return {
      kind: "found",
      tenantId: row.tenant_id,
      domainId: row.domain_id,
      mailAccountId: row.mail_account_id,
      forwardTo: row.forward_to ?? [],
      isCatchAll: row.kind === "catch_all",
    };
  });
}

export async function isHosted(tx: Tx, domain: string): Promise<boolean> {
  const [row] = await tx.sql<{ hosted: boolean }[]>`select domains_is_hosted(${domain}) as hosted`;
  return row?.hosted === true;
}
