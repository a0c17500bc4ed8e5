import type { Invariant } from "@casaforte/platform/db";
import { selectStrays } from "./store.ts";

export const invariants: readonly Invariant[] = [
  { name: "orders.services_match_spaces", check: (tx) => selectStrays(tx) },
];
