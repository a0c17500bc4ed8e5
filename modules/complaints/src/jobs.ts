import type { Clock, TenantId } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { complaintLimits } from "./limits.ts";
import { forgetComplaint, selectForgettable } from "./store-forget.ts";

export interface ComplaintJobServices {
  readonly db: Db;
  readonly clock: Clock;
  /** While true, nothing about that tenant is deleted for good (R92). */
  isHeld(tenantId: TenantId): Promise<boolean>;
}

export const jobSchedules: readonly JobSchedule[] = [
  { task: "complaints.sweep", everyMs: complaintLimits.sweepEveryMs },
];

/** `complaints.sweep`: forgets who complained, and their words, some years after the decision (R104). */
export function jobHandlers({ db, clock, isHeld }: ComplaintJobServices): readonly JobHandler[] {
  return [
    {
      task: "complaints.sweep",
      async run(_payload, { signal }) {
        const now = new Date(clock.nowMs());
        const before = new Date(now.getTime() - complaintLimits.keptMs);
        for (const { id, aboutTenant } of await db.operator((tx) => selectForgettable(tx, before), {
          readOnly: true,
        })) {
          signal.throwIfAborted();
          if (aboutTenant !== null && (await isHeld(aboutTenant))) continue;
          await db.operator((tx) => forgetComplaint(tx, id, now));
        }
      },
    },
  ];
}
