import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { liftPaid, moveByClock } from "./end-measure.ts";
import { measureLimits } from "./limits.ts";
import type { MeasureServices } from "./services.ts";

export const jobSchedules: readonly JobSchedule[] = [{ task: "measures.clock", everyMs: measureLimits.clockEveryMs }];

/** `measures.clock`: ends what was paid for, begins what was announced, ends what has run out; idempotent. */
export function jobHandlers(services: MeasureServices): readonly JobHandler[] {
  return [
    {
      task: "measures.clock",
      async run(_payload, { logger, signal }) {
        const lifted = await liftPaid(services, signal);
        if (lifted > 0) logger.info("measures.paid", { lifted });
        const moved = await services.db.operator((tx) => moveByClock(tx, services));
        if (moved > 0) logger.info("measures.moved", { moved });
      },
    },
  ];
}
