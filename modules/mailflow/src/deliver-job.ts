import { assert, type BlobId, Failure, type TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { JobHandler } from "@casaforte/platform/jobs";
import { deliverTask } from "./accept-message.ts";
import { acceptReport, prepareReport, type Reportable } from "./delivery-report.ts";
import { isRejected } from "./filing.ts";
import { idOf, tenantOf } from "./job-payload.ts";
import { mailflowLimits } from "./limits.ts";
import { recordEvent } from "./record-event.ts";
import { retryWaitMs } from "./retry-schedule.ts";
import type { MailflowServices } from "./services.ts";
import { deferDelivery, markDelivered, markDeliveryFailed, selectDelivery } from "./store-deliveries.ts";
import type { Delivery, DeliveryId } from "./types.ts";

export const deleteBlobTask = "mailflow.delete_blob";

/**
 * Puts an accepted message into its account. The append and the mark are one transaction under the delivery's row lock:
 * however often this runs or dies, the message is in the mailbox once. Full: tried again for days, then returned to
 * the sender. Gone: returned at once.
 */
export function deliverHandler(services: MailflowServices): JobHandler {
  return {
    task: deliverTask,
    async run(payload, context) {
      const tenantId = tenantOf(context.tenantId);
      await deliver(services, tenantId, idOf<DeliveryId>(payload, "deliveryId"));
    },
  };
}

/** Puts it into its account, or returns it to its sender; nothing when neither is possible yet or both are done. */
export async function deliver(services: MailflowServices, tenantId: TenantId, id: DeliveryId): Promise<void> {
  const { db, clock, mailStore } = services;
  const delivery = await db.tenant(tenantId, (tx) => selectDelivery(tx, id));
  if (delivery?.state !== "accepted") return;
  const mail = await mailStore.prepare(tenantId, blobOf(delivery));
  const report = { action: "delivered", status: "2.0.0", reply: "delivered" } as const;
  const success = await prepareReport(services, { ...reportable(services, delivery), ...report });
  try {
    await db.tenant(tenantId, async (tx) => {
      const still = await selectDelivery(tx, id, true);
      if (still?.state !== "accepted") return;
      const target = {
        mailAccountId: delivery.mailAccountId,
        place: delivery.place,
        receivedAtMs: delivery.acceptedAt.getTime(),
        sender: delivery.sender,
        recipient: delivery.recipient,
        dsn: delivery.dsn,
      };
      const [messageId] = await mailStore.append(tx, [{ mail, target }]);
      assert(messageId, "an appended message has an id");
      await markDelivered(tx, id, messageId, new Date(clock.nowMs()));
      await recordEvent(tx, services, "delivered", delivery, delivery.place);
      if (!isRejected(target)) await acceptReport(tx, services, success);
    });
  } catch (error) {
    // A mailbox removed at this moment is no reason to return the mail: the next run finds another place.
    if (!(error instanceof Failure) || (error.kind !== "over_quota" && error.code !== "mailbox.account_not_found"))
      throw error;
    // Refused before the commit: nothing refers to it.
    if (success !== null) await services.blobs.delete(tenantId, success.blob.id).catch(() => {});
    await refuse(services, delivery, error);
  }
}

const reportable = (
  { blobs }: MailflowServices,
  delivery: Delivery,
): Omit<Reportable, "action" | "status" | "reply"> => ({
  ...delivery,
  arrivedAt: delivery.acceptedAt,
  read: () => blobs.read(delivery.tenantId, delivery.blobId),
});

async function refuse(services: MailflowServices, delivery: Delivery, error: Failure): Promise<void> {
  const { db, clock, random, jobs } = services;
  const expiresMs = delivery.acceptedAt.getTime() + mailflowLimits.patienceMs;
  const nextMs = clock.nowMs() + retryWaitMs(delivery.attempts + 1, random);
  if (error.kind === "over_quota" && nextMs < expiresMs) {
    const isLate = !delivery.isDelayTold && clock.nowMs() - delivery.acceptedAt.getTime() >= mailflowLimits.delayToldMs;
    const late = { action: "delayed", status: "4.2.2", reply: error.message, expiresAt: new Date(expiresMs) } as const;
    const delay = isLate ? await prepareReport(services, { ...reportable(services, delivery), ...late }) : null;
    await db.tenant(delivery.tenantId, async (tx) => {
      await deferDelivery(tx, delivery.id, {
        error: error.message,
        nextAt: new Date(nextMs),
        tellsDelay: delay !== null,
      });
      await acceptReport(tx, services, delay);
      await jobs.enqueue(tx, deliverTask, { deliveryId: delivery.id }, { key: delivery.id, runAtMs: nextMs });
      await recordEvent(tx, services, "deferred", delivery, error.message);
    });
    return;
  }
  const status = error.kind === "over_quota" ? "5.2.2" : "5.1.1";
  const failure = { action: "failed", status, reply: error.message } as const;
  const bounce = await prepareReport(services, { ...reportable(services, delivery), ...failure });
  await db.tenant(delivery.tenantId, async (tx) => {
    const still = await selectDelivery(tx, delivery.id, true);
    if (still?.state !== "accepted") return;
    await markDeliveryFailed(tx, delivery.id, error.message, new Date(clock.nowMs()));
    await recordEvent(tx, services, "failed", delivery, error.message);
    await acceptReport(tx, services, bounce);
    await enqueueBlobDeletion(tx, services, delivery.blobId);
  });
}

/** The blob goes once this transaction has committed, even if the process dies then. */
export const enqueueBlobDeletion = (
  tx: TenantTx,
  services: Pick<MailflowServices, "jobs">,
  blobId: BlobId,
): Promise<void> => services.jobs.enqueue(tx, deleteBlobTask, { blobId }, { key: blobId });

export function deleteBlobHandler(services: MailflowServices): JobHandler {
  return {
    task: deleteBlobTask,
    async run(payload, context) {
      const tenantId = tenantOf(context.tenantId);
      // What stays now is claimed by no row: the mail store's sweep takes it once the hold is lifted.
      if (await services.isHeld?.(tenantId)) return;
      await services.blobs.delete(tenantId, idOf<BlobId>(payload, "blobId"));
    },
  };
}

export const blobOf = (row: { blobId: BlobId; sizeBytes: bigint; sha256: Uint8Array }) => ({
  id: row.blobId,
  size: row.sizeBytes,
  sha256: row.sha256,
});
