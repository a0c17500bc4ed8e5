import type { Invariant } from "@casaforte/platform/db";
import { parseOrNull } from "./programs.ts";
import { selectActiveScripts } from "./store.ts";

export const invariants: readonly Invariant[] = [
  {
    name: "sieve.active_scripts_run",
    check: async (tx) =>
      (await selectActiveScripts(tx))
        .filter(({ content }) => parseOrNull(content) === null)
        .map(({ accountId }) => `the active script of account ${accountId} cannot run`),
  },
];
