import type { Invariant } from "@casaforte/platform/db";
import { selectKeptSecrets, selectOvercounted } from "./store.ts";

export const invariants: readonly Invariant[] = [
  {
    name: "transfers.secret_gone",
    check: async (tx) => (await selectKeptSecrets(tx)).map((id) => `transfer ${id} is over and keeps its password`),
  },
  { name: "transfers.problems_counted", check: selectOvercounted },
];
