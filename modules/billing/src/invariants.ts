import type { Invariant } from "@casaforte/platform/db";
import { selectDamaged, selectUnsound } from "./store-invoices.ts";

export const invariants: readonly Invariant[] = [
  { name: "billing.invoices_add_up", check: (tx) => selectUnsound(tx) },
  {
    // A customer's part of what the yearly look verifies (R49): `casaforte doctor` runs it whenever asked.
    name: "billing.archive_is_whole",
    check: async (tx) => (await selectDamaged(tx)).map(({ fileName }) => `${fileName} is not what was kept`),
  },
];
