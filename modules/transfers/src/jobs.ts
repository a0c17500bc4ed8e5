import type { Actor } from "@casaforte/kernel";
import { eachTenant } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { transferLimits } from "./limits.ts";
import { cancelTransfer } from "./request-transfer.ts";
import { copyTask, enqueueTransfer, runTransfer } from "./run-transfer.ts";
import type { TransferServices } from "./services.ts";
import { selectPausedBefore } from "./store.ts";
import type { TransferId } from "./transfer.ts";

const actor: Actor = { kind: "system", name: "transfers.sweep" };

export const jobSchedules: readonly JobSchedule[] = [{ task: "transfers.sweep", everyMs: transferLimits.sweepEveryMs }];

/**
 * `transfers.copy`: a turn of one transfer; only a few at once in a process, since deliveries wait for the same workers.
 * `transfers.sweep`: ends those that stood still for so long that the password should not be kept any more.
 */
export function jobHandlers(services: TransferServices): readonly JobHandler[] {
  const { db, clock } = services;
  let working = 0;
  return [
    {
      task: copyTask,
      async run(payload, { tenantId, signal, attempt }) {
        if (tenantId === null) return;
        const id = String(payload["id"]) as TransferId;
        if (working >= transferLimits.atOnce)
          return db.tenant(tenantId, (tx) => enqueueTransfer(tx, services, id, clock.nowMs() + transferLimits.waitMs));
        working++;
        try {
          await runTransfer(services, tenantId, id, { signal, isLastTry: attempt >= transferLimits.attemptsMax });
        } finally {
          working--;
        }
      },
    },
    {
      task: "transfers.sweep",
      async run(_payload, { signal }) {
        const before = new Date(clock.nowMs() - transferLimits.pausedMaxMs);
        for await (const { tenantId } of eachTenant(db, signal))
          await db.tenant(tenantId, async (tx) => {
            for (const id of await selectPausedBefore(tx, before)) await cancelTransfer(tx, actor, id, services);
          });
      },
    },
  ];
}
