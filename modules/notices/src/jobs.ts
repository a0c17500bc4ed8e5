import { Failure, parseId } from "@casaforte/kernel";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { noticeLimits } from "./limits.ts";
import type { NoticeServices } from "./services.ts";
import { spreadUpdate } from "./spread-notice.ts";
import type { NoticeUpdateId } from "./types.ts";
import { settleChecks } from "./watch-parts.ts";
import { spreadTask } from "./write-notice.ts";

export const jobSchedules: readonly JobSchedule[] = [{ task: "notices.watch", everyMs: noticeLimits.watchEveryMs }];

/** `notices.watch` looks at every part; `notices.spread` writes of one update, and may run again without writing twice. */
export function jobHandlers(services: NoticeServices): readonly JobHandler[] {
  return [
    {
      task: "notices.watch",
      async run(_payload, { signal }) {
        const checks = await services.look(signal);
        await services.db.operator((tx) => settleChecks(tx, checks, services));
      },
    },
    {
      task: spreadTask,
      async run(payload, { signal }) {
        const id = payload["updateId"];
        if (typeof id !== "string") throw new Failure("invalid", "notices.not_found", "the job names no update");
        await spreadUpdate(services, parseId<NoticeUpdateId>(id), signal);
      },
    },
  ];
}
