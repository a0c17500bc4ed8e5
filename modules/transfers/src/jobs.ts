import type { Actor } from "@casaforte/kernel";
import { eachTenant } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { transferLimits } from "./limits.ts";
import { cancelTransfer } from "./request-transfer.ts";
import { enqueueTakeout, runTakeout, takeoutTask } from "./run-takeout.ts";
import { copyTask, enqueueTransfer, runTransfer } from "./run-transfer.ts";
import type { TransferServices } from "./services.ts";
import { selectUnchanged } from "./store.ts";
import { expireTakeouts } from "./store-takeouts.ts";
import type { TakeoutId } from "./takeout.ts";
import type { TransferId } from "./transfer.ts";

const actor: Actor = { kind: "system", name: "transfers.sweep" };

export const jobSchedules: readonly JobSchedule[] = [{ task: "transfers.sweep", everyMs: transferLimits.sweepEveryMs }];

/**
 * `transfers.copy`: a turn of one transfer; only a few at once in a process, since deliveries wait for the same workers.
 * `transfers.takeout`: makes an archive for an owner, two at once.
 * `transfers.sweep`: ends transfers that stood still for so long that the password should not be kept any more, gives a
 * turn to those whose job was given up, as when the database was away at its last try, and takes old archives away.
 */
export function jobHandlers(services: TransferServices): readonly JobHandler[] {
  const { db, clock } = services;
  let working = 0;
  let packing = 0;
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
      task: takeoutTask,
      async run(payload, { tenantId, signal, attempt }) {
        if (tenantId === null) return;
        const id = String(payload["id"]) as TakeoutId;
        if (packing >= transferLimits.takeoutsAtOnce)
          return db.tenant(tenantId, (tx) => enqueueTakeout(tx, services, id, clock.nowMs() + transferLimits.waitMs));
        packing++;
        try {
          await runTakeout(services, tenantId, id, { signal, isLastTry: attempt >= transferLimits.takeoutTries });
        } finally {
          packing--;
        }
      },
    },
    {
      task: "transfers.sweep",
      async run(_payload, { signal }) {
        const ago = (ms: number) => new Date(clock.nowMs() - ms);
        for await (const { tenantId } of eachTenant(db, signal)) {
          const over = await db.tenant(tenantId, async (tx) => {
            for (const id of await selectUnchanged(tx, ["paused"], ago(transferLimits.pausedMaxMs)))
              await cancelTransfer(tx, actor, id, services);
            for (const id of await selectUnchanged(tx, ["waiting", "running"], ago(transferLimits.strandedMs)))
              await enqueueTransfer(tx, services, id);
            return expireTakeouts(tx, { expiredBy: ago(0) });
          });
          for (const blobId of over) await services.blobs.delete(tenantId, blobId);
        }
      },
    },
  ];
}
