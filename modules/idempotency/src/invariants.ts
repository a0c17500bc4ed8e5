import type { Invariant } from "@casaforte/platform/db";
import { idempotencyLimits } from "./limits.ts";
import { selectOverdue } from "./store-invariants.ts";

export const idempotencyInvariants: readonly Invariant[] = [
  {
    name: "idempotency.no_answer_without_end",
    async check(tx) {
      // A sweep may be late; a day late is one that does not come.
      const overdue = await selectOverdue(tx, 2 * idempotencyLimits.keptMs);
      return overdue > 0n ? [`${overdue} answers are kept longer than they may be`] : [];
    },
  },
];
