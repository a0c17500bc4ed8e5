import { Failure } from "@casaforte/kernel";
import { eachTenant } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import type { ExportId } from "./departure.ts";
import { eraseTenant } from "./erase-tenant.ts";
import { departureLimits } from "./limits.ts";
import { expireExports, runExport } from "./run-export.ts";
import type { DepartureServices } from "./services.ts";
import { selectDue } from "./store.ts";

export const jobSchedules: readonly JobSchedule[] = [
  { task: "departure.clock", everyMs: departureLimits.clockEveryMs },
];

const exportTries = 5;

/**
 * `departure.clock` deletes what is due and takes old archives away; `departure.export` makes an archive. A hold, or
 * trouble with one customer, holds nobody else up.
 */
export function jobHandlers(services: DepartureServices): readonly JobHandler[] {
  const { db, clock, logger } = services;
  return [
    {
      task: "departure.clock",
      async run(_payload, { signal }) {
        for (const { tenantId } of await db.operator((tx) => selectDue(tx, new Date(clock.nowMs())), {
          readOnly: true,
        }))
          await eraseTenant(services, tenantId, signal).catch((error) => {
            if (!(error instanceof Failure) || signal.aborted) throw error;
            logger.warn("departure.waits", { code: error.code });
          });
        for await (const { tenantId } of eachTenant(db, signal)) await expireExports(services, tenantId);
      },
    },
    {
      task: "departure.export",
      async run({ id }, { tenantId, signal, attempt }) {
        if (tenantId === null) return;
        await runExport(services, tenantId, String(id) as ExportId, { signal, isLastTry: attempt >= exportTries });
      },
    },
  ];
}
