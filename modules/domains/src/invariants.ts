import type { Invariant } from "@casaforte/platform/db";
import { findBrokenTargets, findUnsealedKeys } from "./store-invariants.ts";

/** Claims about each tenant's domains. */
export const invariants: readonly Invariant[] = [
  {
    name: "domains.address_leads_somewhere",
    check: async (tx) => (await findBrokenTargets(tx)).map((id) => `address ${id} leads nowhere`),
  },
  {
    name: "domains.key_is_sealed",
    check: async (tx) => (await findUnsealedKeys(tx)).map((id) => `DKIM key ${id} is in clear`),
  },
];
