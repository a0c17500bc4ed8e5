import type { Clock, Logger, TenantId } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { closeUsage } from "./close-usage.ts";
import { meteringLimits } from "./limits.ts";
import { selectTenantsDue } from "./store.ts";

export interface MeteringJobServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
}

export const jobSchedules: readonly JobSchedule[] = [{ task: "metering.close", everyMs: meteringLimits.closeEveryMs }];

/** Closes everything of one tenant that is due now. Returns how many units and hours it wrote. */
export async function closeTenantUsage(
  db: Db,
  tenantId: TenantId,
  nowMs: number,
  signal?: AbortSignal,
): Promise<number> {
  let written = 0;
  for (;;) {
    signal?.throwIfAborted();
    const closed = await db.tenant(tenantId, (tx) => closeUsage(tx, nowMs));
    written += closed.units + closed.hours;
    if (closed.subjects < meteringLimits.subjectsPerClose) return written;
  }
}

/** Closes every tenant that has something due. */
export async function closeAllUsage(services: MeteringJobServices, signal?: AbortSignal): Promise<number> {
  const { db, clock } = services;
  const nowMs = clock.nowMs();
  let written = 0;
  for (let after: TenantId | null = null; ; ) {
    const from: TenantId | null = after;
    const page: TenantId[] = await db.lookup((tx) =>
      selectTenantsDue(tx, new Date(nowMs), from, meteringLimits.tenantsPerPage),
    );
    for (const tenantId of page) written += await closeTenantUsage(db, tenantId, nowMs, signal);
    const last: TenantId | undefined = page.at(-1);
    if (last === undefined || page.length < meteringLimits.tenantsPerPage) return written;
    after = last;
  }
}

/** `metering.close`: idempotent, every few minutes, so that consoles show a started unit soon. */
export function jobHandlers(services: MeteringJobServices): readonly JobHandler[] {
  return [
    {
      task: "metering.close",
      async run(_payload, { signal, logger }) {
        const written = await closeAllUsage(services, signal);
        if (written > 0) logger.info("metering.closed", { written });
      },
    },
  ];
}
