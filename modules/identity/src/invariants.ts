import { providerTenantId } from "@casaforte/kernel";
import type { Invariant } from "@casaforte/platform/db";
import { selectAccessLeftovers, selectRecoveryLeftovers, selectStrayOperators } from "./store-invariants.ts";

export const identityInvariants: readonly Invariant[] = [
  {
    name: "identity.no_session_of_the_disabled",
    async check(tx) {
      return (await selectAccessLeftovers(tx)).map((row) => `principal ${row.id} is not active but has ${row.what}`);
    },
  },
  {
    name: "identity.recovery_codes_only_with_a_factor",
    async check(tx) {
      return (await selectRecoveryLeftovers(tx)).map(
        (row) => `principal ${row.id} has recovery codes but no second factor`,
      );
    },
  },
  {
    name: "identity.operators_live_in_the_provider",
    async check(tx) {
      if (tx.tenantId === providerTenantId) return [];
      return (await selectStrayOperators(tx)).map((row) => `operator ${row.id} lives in tenant ${tx.tenantId}`);
    },
  },
];
