import { Failure, type TenantId } from "@casaforte/kernel";
import { eachTenant } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import type { ExportId } from "./departure.ts";
import { eraseService } from "./erase-service.ts";
import { eraseTenant } from "./erase-tenant.ts";
import { departureLimits } from "./limits.ts";
import { expireExports, runExport } from "./run-export.ts";
import type { DepartureServices } from "./services.ts";
import { selectDue } from "./store.ts";
import { selectDueServices } from "./store-services.ts";

export const jobSchedules: readonly JobSchedule[] = [
  { task: "departure.clock", everyMs: departureLimits.clockEveryMs },
];

const exportTries = 5;

/**
 * `departure.clock` deletes what is due, unless the clock jumped within a day, and takes old archives away;
 * `departure.export` makes an archive. A hold, or trouble with one customer, holds nobody else up.
 */
export function jobHandlers(services: DepartureServices): readonly JobHandler[] {
  const { db, clock, logger } = services;
  return [
    {
      task: "departure.clock",
      async run(_payload, { signal }) {
        const nowMs = clock.nowMs();
        const wantedBefore = new Date(nowMs - departureLimits.eraseGraceMs);
        const due = await db.operator((tx) => selectDue(tx, new Date(nowMs), wantedBefore), { readOnly: true });
        let trouble: unknown = null;
        const each = async (tenantId: TenantId, work: () => Promise<void>) => {
          try {
            await work();
          } catch (error) {
            signal.throwIfAborted();
            if (error instanceof Failure) return logger.warn("departure.waits", { code: error.code });
            trouble ??= error;
            logger.error("departure.failed", error, { tenantId });
          }
        };
        const ending = await db.operator((tx) => selectDueServices(tx, new Date(nowMs), wantedBefore), {
          readOnly: true,
        });
        if (due.length + ending.length > 0 && (await services.clockIsSteady())) {
          for (const { tenantId } of due) await each(tenantId, () => eraseTenant(services, tenantId, signal));
          for (const { tenantId, id } of ending)
            await each(tenantId, () => eraseService(services, tenantId, id, signal));
        }
        for await (const { tenantId } of eachTenant(db, signal))
          await each(tenantId, () => expireExports(services, tenantId));
        if (trouble !== null) throw trouble;
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
