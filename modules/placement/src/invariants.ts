import { providerTenantId } from "@casaforte/kernel";
import type { Invariant } from "@casaforte/platform/db";
import { selectFindings, selectMisplaced } from "./store.ts";

export const invariants: readonly Invariant[] = [
  {
    // Across customers, so it is asked once, in the provider's own turn.
    name: "placement.hosts_and_addresses_add_up",
    check: async (tx) => (tx.tenantId === providerTenantId ? selectFindings(tx) : []),
  },
  { name: "placement.space_has_its_bytes", check: (tx) => selectMisplaced(tx) },
];
