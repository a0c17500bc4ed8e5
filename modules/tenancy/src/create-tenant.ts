import { type Actor, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import { checkTaxIdentity } from "./italian-tax-identity.ts";
import { tenancyLimits } from "./limits.ts";
import { insertTenant } from "./store.ts";
import type { CompanyData, Language } from "./tenant.ts";

export interface CreateTenantInput extends Partial<CompanyData> {
  /** A fresh id: `newId<TenantId>(clock, random)`. */
  readonly tenantId: TenantId;
  readonly name: string;
  readonly language?: Language;
  readonly nowMs: number;
}

/** Makes a customer organisation. Its first owner comes by invitation. @throws invalid `tenancy.name`, `tenancy.vat_number`, `tenancy.tax_code`. */
export async function createTenant(tx: OperatorTx, actor: Actor, input: CreateTenantInput): Promise<TenantId> {
  const name = tenantName(input.name);
  const company = {
    country: input.country ?? "IT",
    vatNumber: input.vatNumber ?? null,
    taxCode: input.taxCode ?? null,
    address: input.address ?? null,
    postalCode: input.postalCode ?? null,
    city: input.city ?? null,
    province: input.province ?? null,
    certifiedMail: input.certifiedMail ?? null,
    invoiceRecipientCode: input.invoiceRecipientCode ?? null,
  };
  checkTaxIdentity(company);
  await insertTenant(tx, input.tenantId, { ...company, name, language: input.language ?? "it" }, new Date(input.nowMs));
  await recordAudit(tx, actor, {
    tenantId: input.tenantId,
    action: "tenancy.tenant_created",
    object: { kind: "tenant", id: input.tenantId },
    details: { name },
  });
  return input.tenantId;
}

/** A name that can be shown on one line. @throws invalid `tenancy.name`. */
export function tenantName(text: string): string {
  const name = text.trim();
  if (name.length === 0 || name.length > tenancyLimits.nameCharsMax || /\p{Cc}/u.test(name))
    throw new Failure("invalid", "tenancy.name", "a tenant's name is one line of at most 200 characters");
  return name;
}
