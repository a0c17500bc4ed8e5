import { eachTenant } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { inspectionLimits } from "./limits.ts";
import { moveByClock } from "./run-inspection.ts";
import type { InspectionServices } from "./services.ts";

export const jobSchedules: readonly JobSchedule[] = [
  { task: "inspections.clock", everyMs: inspectionLimits.clockEveryMs },
];

/** `inspections.clock`: rooms open and close. Idempotent; trouble with one customer holds nobody else up. */
export const jobHandlers = (services: InspectionServices): readonly JobHandler[] => [
  {
    task: "inspections.clock",
    async run(_payload, { signal }) {
      let trouble: unknown = null;
      for await (const { tenantId } of eachTenant(services.db, signal))
        try {
          await services.db.tenant(tenantId, (tx) => moveByClock(tx, services));
        } catch (error) {
          signal.throwIfAborted();
          trouble ??= error;
          services.logger.error("inspections.failed", error, { tenantId });
        }
      if (trouble !== null) throw trouble;
    },
  },
];
