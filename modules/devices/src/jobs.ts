import type { Clock, TenantId } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { Db } from "@casaforte/platform/db";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { devicesLimits } from "./limits.ts";
import { deleteOldReports, deleteOldTokens } from "./store.ts";

export interface DeviceJobServices {
  readonly db: Db;
  readonly clock: Clock;
  /** While true, nothing of that tenant is deleted for good (R92). */
  isHeld(tenantId: TenantId): Promise<boolean>;
}

export const jobSchedules: readonly JobSchedule[] = [{ task: "devices.sweep", everyMs: devicesLimits.sweepEveryMs }];

/** Forgets codes that expired and reports of runs long past (R104). */
export function jobHandlers({ db, clock, isHeld }: DeviceJobServices): readonly JobHandler[] {
  return [
    {
      task: "devices.sweep",
      async run(_payload, context) {
        const tokensBefore = new Date(clock.nowMs() - devicesLimits.tokensKeptMs);
        const reportsBefore = new Date(clock.nowMs() - devicesLimits.reportsKeptMs);
        await sweepTenants(db, context, async ({ tenantId }) => {
          if (await isHeld(tenantId)) return;
          await db.tenant(tenantId, async (tx) => {
            await deleteOldTokens(tx, tokensBefore);
            await deleteOldReports(tx, reportsBefore);
          });
        });
      },
    },
  ];
}
