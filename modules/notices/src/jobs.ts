import { Failure, parseId, providerTenantId } from "@casaforte/kernel";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { bouncedHandler } from "./bounced-contacts.ts";
import { noticeLimits } from "./limits.ts";
import type { NoticeServices } from "./services.ts";
import { spreadUpdate } from "./spread-notice.ts";
import { deleteUnconfirmed } from "./store-people.ts";
import type { NoticeUpdateId } from "./types.ts";
import { settleChecks } from "./watch-parts.ts";
import { spreadTask } from "./write-notice.ts";

export const jobSchedules: readonly JobSchedule[] = [
  { task: "notices.watch", everyMs: noticeLimits.watchEveryMs },
  { task: "notices.sweep", everyMs: noticeLimits.dayMs },
];

/** `notices.watch` looks at every part; `notices.sweep` forgets who never confirmed; `notices.spread` writes of one update, and may run again without writing twice; `notices.bounced` marks contacts that mail does not reach. */
export function jobHandlers(services: NoticeServices): readonly JobHandler[] {
  return [
    {
      task: "notices.watch",
      async run(_payload, { signal }) {
        const checks = await services.look(signal);
        // What was broken off says nothing of any part.
        signal.throwIfAborted();
        await services.db.operator((tx) => settleChecks(tx, checks, services));
      },
    },
    {
      task: "notices.sweep",
      async run() {
        const before = new Date(services.clock.nowMs() - noticeLimits.unconfirmedKeptMs);
        await services.db.tenant(providerTenantId, (tx) => deleteUnconfirmed(tx, before));
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
    bouncedHandler(services),
  ];
}
