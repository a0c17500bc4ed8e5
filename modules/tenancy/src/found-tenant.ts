import type { Actor } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { tenantName } from "./create-tenant.ts";
import { checkTaxIdentity } from "./italian-tax-identity.ts";
import { insertOwnTenant } from "./store.ts";
import type { Language } from "./tenant.ts";
import type { VatNumber } from "./vat-number.ts";

export interface FoundTenantInput extends VatNumber {
  readonly name: string;
  readonly language: Language;
  readonly nowMs: number;
}

/**
 * Makes the organisation of this transaction's own, fresh tenant id: a customer's sign-up (R73), so that organisation,
 * owner and acceptance stand or fall together. @throws invalid `tenancy.name`, `tenancy.vat_number`.
 */
export async function foundTenant(tx: TenantTx, actor: Actor, input: FoundTenantInput): Promise<void> {
  const name = tenantName(input.name);
  checkTaxIdentity({ ...input, taxCode: null });
  await insertOwnTenant(tx, { ...input, name }, new Date(input.nowMs));
  await recordAudit(tx, actor, {
    action: "tenancy.tenant_created",
    object: { kind: "tenant", id: tx.tenantId },
    details: { name, signedUp: true },
  });
}
