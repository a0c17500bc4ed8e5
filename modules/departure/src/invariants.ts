import type { Invariant } from "@casaforte/platform/db";
import { countRows, selectDeparture, selectTenantTables } from "./store.ts";

/** Of who has left nothing stands but what is kept (R61). */
export const invariants: readonly Invariant[] = [
  {
    name: "departure.erased_is_gone",
    async check(tx) {
      if ((await selectDeparture(tx, tx.tenantId))?.state !== "erased") return [];
      const findings: string[] = [];
      for (const { name, basis } of await selectTenantTables(tx)) {
        const rows = basis === null ? await countRows(tx, name) : 0n;
        if (rows > 0n) findings.push(`${name} holds ${rows} rows of a tenant that has left`);
      }
      return findings;
    },
  },
];
