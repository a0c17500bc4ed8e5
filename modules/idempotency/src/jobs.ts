import type { Clock } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
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
      async run(_payload, context) {
        const before = new Date(clock.nowMs() - idempotencyLimits.keptMs);
        await sweepTenants(db, context, async ({ tenantId }) => {
          await db.tenant(tenantId, (tx) => deleteAnswers(tx, before));
        });
      },
    },
  ];
}
