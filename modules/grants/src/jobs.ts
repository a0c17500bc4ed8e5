import { type Actor, Failure, parseId, type TenantId } from "@casaforte/kernel";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { endGrant } from "./answer-grant.ts";
import { tellAsked, tellTask } from "./ask-grant.ts";
import { grantsLimits } from "./limits.ts";
import type { GrantServices } from "./services.ts";
import { markLapsed, selectDue, selectExpired } from "./store.ts";
import type { GrantId } from "./types.ts";

export const jobSchedules: readonly JobSchedule[] = [{ task: "grants.clock", everyMs: grantsLimits.clockEveryMs }];
const system: Actor = { kind: "system", name: "grants" };

/** `grants.tell` writes to who can answer; `grants.clock` says of grants whose time is over that they are; they open nothing since that moment anyway. */
export const jobHandlers = (services: GrantServices): readonly JobHandler[] => [
  {
    task: tellTask,
    async run({ tenantId, grantId }) {
      if (typeof tenantId !== "string" || typeof grantId !== "string")
        throw new Failure("invalid", "grants.not_found", "the job names no request");
      await services.db.tenant(parseId<TenantId>(tenantId), (tx) => tellAsked(tx, parseId<GrantId>(grantId), services));
    },
  },
  {
    task: "grants.clock",
    async run(_payload, { signal, logger }) {
      const { db, clock } = services;
      const nowMs = clock.nowMs();
      const askedBefore = new Date(nowMs - grantsLimits.askedMs);
      for (const tenantId of await db.lookup((tx) => selectDue(tx, new Date(nowMs), askedBefore), { readOnly: true })) {
        signal.throwIfAborted();
        // One customer's trouble keeps no other waiting; the next turn is a minute away.
        await db
          .tenant(tenantId, async (tx) => {
            await markLapsed(tx, askedBefore);
            for (const { id } of await selectExpired(tx, new Date(nowMs)))
              await endGrant(tx, system, { id, reason: "expired" }, nowMs);
          })
          .catch((error: unknown) => logger.error("grants.clock_failed", error, { tenantId }));
      }
    },
  },
];
