import type { TenantId } from "@casaforte/kernel";
import type { LookupTx, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { CompanyData, Language, Tenant, TenantState } from "./tenant.ts";

export interface TenantRecord extends CompanyData {
  readonly name: string;
  readonly language: Language;
}

export async function insertTenant(tx: OperatorTx, id: TenantId, record: TenantRecord, at: Date): Promise<void> {
  await tx.sql`insert into tenancy_tenants (tenant_id, name, language, country, vat_number, tax_code, address, postal_code,
      city, province, certified_mail, invoice_recipient_code, created_at, updated_at)
    values (${id}, ${record.name}, ${record.language}, ${record.country}, ${record.vatNumber}, ${record.taxCode},
      ${record.address}, ${record.postalCode}, ${record.city}, ${record.province}, ${record.certifiedMail},
      ${record.invoiceRecipientCode}, ${at}, ${at})`;
}

/** The row of the transaction's own tenant, which the runtime role cannot insert by itself. */
export async function insertOwnTenant(
  tx: TenantTx,
  record: Pick<TenantRecord, "name" | "language" | "country" | "vatNumber">,
  at: Date,
): Promise<void> {
  await tx.sql`select tenancy_found_tenant(
    ${record.name}, ${record.language}, ${record.country}, ${record.vatNumber}, ${at})`;
}

export async function selectTenant(tx: TenantTx | OperatorTx, id: TenantId, lock = false): Promise<Tenant | null> {
  const [row] = await tx.sql<Tenant[]>`
    select tenant_id as "tenantId", name, state, language, require_two_factor as "requireTwoFactor", country,
      vat_number as "vatNumber", tax_code as "taxCode", address, postal_code as "postalCode", city, province,
      certified_mail as "certifiedMail", invoice_recipient_code as "invoiceRecipientCode", signed_up as "signedUp", vetted,
      created_at as "createdAt", updated_at as "updatedAt"
    from tenancy_tenants where tenant_id = ${id} ${lock ? tx.sql`for update` : tx.sql``}`;
  return row ?? null;
}

export async function updateTenantRow(tx: TenantTx | OperatorTx, next: Tenant, at: Date): Promise<void> {
  await tx.sql`update tenancy_tenants set name = ${next.name}, state = ${next.state}, language = ${next.language},
      require_two_factor = ${next.requireTwoFactor}, country = ${next.country}, vat_number = ${next.vatNumber},
      tax_code = ${next.taxCode}, address = ${next.address}, postal_code = ${next.postalCode}, city = ${next.city},
      province = ${next.province}, certified_mail = ${next.certifiedMail},
      invoice_recipient_code = ${next.invoiceRecipientCode}, vetted = ${next.vetted}, updated_at = ${at}
    where tenant_id = ${next.tenantId}`;
}

export async function selectVetted(tx: TenantTx): Promise<boolean> {
  const [row] = await tx.sql<{ vetted: boolean }[]>`
    select vetted from tenancy_tenants where tenant_id = ${tx.tenantId}`;
  return row?.vetted ?? false;
}

/** One transaction at a time of whoever was not vetted. Not the row's lock: foreign keys share that one. */
export async function lockUnvetted(tx: TenantTx): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtextextended('tenancy_unvetted ' || ${tx.tenantId}, 0))`;
}

export interface TenantQuery {
  readonly search: string | null;
  readonly state: TenantState | null;
  readonly after: { readonly name: string; readonly tenantId: TenantId } | null;
  readonly count: number;
}

export async function selectTenants(tx: OperatorTx, query: TenantQuery): Promise<Tenant[]> {
  const pattern = query.search === null ? null : `%${query.search.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
  return tx.sql<Tenant[]>`
    select tenant_id as "tenantId", name, state, language, require_two_factor as "requireTwoFactor", country,
      vat_number as "vatNumber", tax_code as "taxCode", address, postal_code as "postalCode", city, province,
      certified_mail as "certifiedMail", invoice_recipient_code as "invoiceRecipientCode", signed_up as "signedUp", vetted,
      created_at as "createdAt", updated_at as "updatedAt"
    from tenancy_tenants
    where (${pattern}::text is null or lower(name) like ${pattern} or vat_number = ${query.search} or tax_code = upper(${query.search}))
      and (${query.state}::text is null or state = ${query.state})
      and (${query.after?.name ?? null}::text is null
        or (lower(name), tenant_id) > (lower(${query.after?.name ?? null}), ${query.after?.tenantId ?? null}::uuid))
    order by lower(name), tenant_id limit ${query.count}`;
}

export async function selectTenantsAfter(
  tx: LookupTx,
  after: TenantId | null,
  count: number,
): Promise<{ tenantId: TenantId; state: TenantState }[]> {
  return tx.sql<{ tenantId: TenantId; state: TenantState }[]>`
    select tenant_id as "tenantId", state from tenancy_tenants_after(${after}, ${count})`;
}
