import type { Invariant } from "@casaforte/platform/db";
import { checkTaxIdentity } from "./italian-tax-identity.ts";
import { selectTenant } from "./store.ts";

export const tenancyInvariants: readonly Invariant[] = [
  {
    name: "tenancy.tax_identity_sound",
    async check(tx) {
      const tenant = await selectTenant(tx, tx.tenantId);
      if (tenant === null) return [`tenant ${tx.tenantId} has no row`];
      try {
        checkTaxIdentity(tenant);
        return [];
      } catch {
        return [`tenant ${tx.tenantId} carries a VAT number or codice fiscale with a wrong check`];
      }
    },
  },
];
