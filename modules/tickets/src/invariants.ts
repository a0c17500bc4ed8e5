import type { Invariant } from "@casaforte/platform/db";
import { findMergedStrangers, findSilentTickets, findUnconfirmedMisuse } from "./store-invariants.ts";

/** Claims about each tenant's tickets. */
export const invariants: readonly Invariant[] = [
  {
    name: "tickets.each_says_something",
    check: async (tx) => (await findSilentTickets(tx)).map((id) => `ticket ${id} has no entry`),
  },
  {
    name: "tickets.misuse_by_two",
    check: async (tx) =>
      (await findUnconfirmedMisuse(tx)).map((id) => `ticket ${id} names improper use by one person alone`),
  },
  {
    name: "tickets.strangers_stay_apart",
    check: async (tx) => (await findMergedStrangers(tx)).map((id) => `ticket ${id} was merged into another stranger's`),
  },
];
