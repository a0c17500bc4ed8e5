import { providerTenantId } from "@casaforte/kernel";
import type { Invariant } from "@casaforte/platform/db";
import { selectFindings, selectMisplaced, selectMissized } from "./store.ts";

export const invariants: readonly Invariant[] = [
  {
    // Across customers, so it is asked once, in the provider's own turn.
    name: "placement.hosts_and_addresses_add_up",
    check: async (tx) => (tx.tenantId === providerTenantId ? selectFindings(tx) : []),
  },
  { name: "placement.space_has_its_bytes", check: (tx) => selectMissized(tx) },
  { name: "placement.space_lies_at_its_site", check: (tx) => selectMisplaced(tx) },
];
