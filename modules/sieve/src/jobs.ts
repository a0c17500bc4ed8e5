import type { Clock } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { Db } from "@casaforte/platform/db";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { filingLimits } from "./limits.ts";
import { deleteRepliesBefore } from "./store.ts";

const dayMs = 86_400_000;

export const jobSchedules: readonly JobSchedule[] = [{ task: "sieve.sweep", everyMs: dayMs }];

/** Forgets who was answered long ago. */
export function jobHandlers({ db, clock }: { readonly db: Db; readonly clock: Clock }): readonly JobHandler[] {
  return [
    {
      task: "sieve.sweep",
      async run(_payload, context) {
        const before = new Date(clock.nowMs() - filingLimits.repliesKeptDays * dayMs);
        await sweepTenants(db, context, async ({ tenantId }) => {
          await db.tenant(tenantId, (tx) => deleteRepliesBefore(tx, before));
        });
      },
    },
  ];
}
