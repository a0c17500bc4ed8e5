import type { Clock } from "@casaforte/kernel";
import { eachTenant } from "@casaforte/modules/tenancy";
import type { Db } from "@casaforte/platform/db";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { idempotencyLimits } from "./limits.ts";
import { deleteAnswers } from "./store.ts";

export const jobSchedules: readonly JobSchedule[] = [
  { task: "idempotency.sweep", everyMs: idempotencyLimits.sweepEveryMs },
];

/** `idempotency.sweep`: forgets answers after their day. None of them is given again before either. */
export function jobHandlers({ db, clock }: { readonly db: Db; readonly clock: Clock }): readonly JobHandler[] {
  return [
    {
      task: "idempotency.sweep",
      async run(_payload, { signal }) {
        const before = new Date(clock.nowMs() - idempotencyLimits.keptMs);
        for await (const { tenantId } of eachTenant(db, signal))
          await db.tenant(tenantId, (tx) => deleteAnswers(tx, before));
      },
    },
  ];
}
