import type { Invariant } from "@casaforte/platform/db";
import { findLooseSwitches, findUntold } from "./store-invariants.ts";

/** Claims about each tenant's measures. */
export const invariants: readonly Invariant[] = [
  {
    name: "measures.each_was_explained",
    check: async (tx) => (await findUntold(tx)).map((id) => `nobody was sent the reasons of measure ${id}`),
  },
  { name: "measures.switches_follow", check: (tx) => findLooseSwitches(tx) },
];
