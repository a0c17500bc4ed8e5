import type { Invariant } from "@casaforte/platform/db";
import { selectLeftOpen } from "./store.ts";

export const invariants: readonly Invariant[] = [
  { name: "inspections.no_auditor_stays", check: (tx) => selectLeftOpen(tx) },
];
