import type { Actor, TenantId } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { transferLimits } from "./limits.ts";
import { cancelTransfer } from "./request-transfer.ts";
import { enqueueTakeout, mendStranded, runTakeout, takeoutTask } from "./run-takeout.ts";
import { copyTask, enqueueTransfer, runTransfer } from "./run-transfer.ts";
import type { TransferServices } from "./services.ts";
import { selectUnchanged } from "./store.ts";
import { deleteOldProblems } from "./store-folders.ts";
import { expireTakeouts } from "./store-takeouts.ts";
import type { TakeoutId } from "./takeout.ts";
import type { TransferId } from "./transfer.ts";

const actor: Actor = { kind: "system", name: "transfers.sweep" };

export const jobSchedules: readonly JobSchedule[] = [{ task: "transfers.sweep", everyMs: transferLimits.sweepEveryMs }];

export interface TransferJobServices extends TransferServices {
  /** While true, nothing of that tenant is deleted for good (R92). */
  isHeld?(tenantId: TenantId): Promise<boolean>;
}

/**
 * `transfers.copy`: a turn of one transfer; only a few at once in a process, since deliveries wait for the same workers,
 * and of one customer fewer still.
 * `transfers.takeout`: makes an archive for an owner, two at once.
 * `transfers.sweep`: ends transfers that stood still for so long that the password should not be kept any more, gives a
 * turn to those (takeouts too) whose job was given up, as when the database was away at its last try, and takes old archives
 * and old problems away, unless a legal hold stands.
 */
export function jobHandlers(services: TransferJobServices): readonly JobHandler[] {
  const { db, clock } = services;
  /** Turns at work, by customer. */
  const working = new Map<TenantId, number>();
  let packing = 0;
  return [
    {
      task: copyTask,
      async run(payload, { tenantId, signal, attempt }) {
        if (tenantId === null) return;
        const id = String(payload["id"]) as TransferId;
        const own = working.get(tenantId) ?? 0;
        const all = [...working.values()].reduce((sum, count) => sum + count, 0);
        if (own >= transferLimits.atOnceOfOne || all >= transferLimits.atOnce)
          return db.tenant(tenantId, (tx) => enqueueTransfer(tx, services, id, clock.nowMs() + transferLimits.waitMs));
        working.set(tenantId, own + 1);
        try {
          await runTransfer(services, tenantId, id, { signal, isLastTry: attempt >= transferLimits.attemptsMax });
        } finally {
          const left = (working.get(tenantId) ?? 0) - 1;
          if (left > 0) working.set(tenantId, left);
          else working.delete(tenantId);
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
      async run(_payload, context) {
        await sweepTenants(db, context, ({ tenantId }) => sweepTenant(services, tenantId));
      },
    },
  ];
}

async function sweepTenant(services: TransferJobServices, tenantId: TenantId): Promise<void> {
  const { db, clock, blobs } = services;
  const ago = (ms: number) => new Date(clock.nowMs() - ms);
  const isHeld = (await services.isHeld?.(tenantId)) ?? false;
  const over = await db.tenant(tenantId, async (tx) => {
    for (const id of await selectUnchanged(tx, ["paused"], ago(transferLimits.pausedMaxMs)))
      await cancelTransfer(tx, actor, id, services);
    for (const id of await selectUnchanged(tx, ["waiting", "running"], ago(transferLimits.strandedMs)))
      await enqueueTransfer(tx, services, id);
    await mendStranded(tx, services);
    if (isHeld) return [];
    await deleteOldProblems(tx, ago(transferLimits.problemsKeptMs));
    return expireTakeouts(tx, { expiredBy: ago(0) });
  });
  for (const blobId of over) await blobs.delete(tenantId, blobId);
}
