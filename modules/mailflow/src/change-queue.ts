import { type Actor, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { sendTask } from "./accept-message.ts";
import { enqueueBlobDeletion } from "./deliver-job.ts";
import { noteOutcome } from "./note-outcome.ts";
import { recordEvent } from "./record-event.ts";
import type { MailflowServices } from "./services.ts";
import { letEntryGo } from "./store-held.ts";
import { deferQueueEntry, finishQueueEntry, selectQueueEntry, takeFinishedBlob } from "./store-queue.ts";
import type { QueueEntry, QueueId } from "./types.ts";

export interface QueueChange {
  readonly tenantId: TenantId;
  readonly queueId: QueueId;
}

async function waiting(tx: TenantTx, id: QueueId): Promise<QueueEntry> {
  const entry = await selectQueueEntry(tx, id, true);
  if (!entry) throw new Failure("not_found", "mailflow.queue_missing", "no such queue entry");
  if (entry.state !== "waiting")
    throw new Failure("conflict", "mailflow.queue_finished", "this message does not wait any more");
  return entry;
}

/** Tries a waiting message now, even one that is held because its account may not send. @throws not_found `mailflow.queue_missing`, conflict `mailflow.queue_finished`. */
export async function retryQueueEntry(
  tx: TenantTx,
  actor: Actor,
  input: { readonly queueId: QueueId },
  services: Pick<MailflowServices, "clock" | "random" | "jobs">,
): Promise<void> {
  const entry = await waiting(tx, input.queueId);
  const reply = entry.lastReply ?? "";
  await letEntryGo(tx, entry.id);
  await deferQueueEntry(tx, entry.id, { reply, nextAt: new Date(services.clock.nowMs()), countsAsTry: false });
  await services.jobs.enqueue(tx, sendTask, { queueId: entry.id }, { key: entry.id });
  await recordEvent(tx, services, "retried", { ...entry.outgoing, recipient: entry.recipient }, "by hand");
  await audit(tx, actor, "mailflow.retried", entry);
}

/**
 * Gives a waiting message up. No report is sent; a sender whose program asks what became of it is told.
 * @throws as `retryQueueEntry`.
 */
export async function dropQueueEntry(
  tx: TenantTx,
  actor: Actor,
  input: { readonly queueId: QueueId },
  services: Pick<MailflowServices, "clock" | "random" | "jobs" | "mailStore">,
): Promise<void> {
  const entry = await waiting(tx, input.queueId);
  await finishQueueEntry(tx, entry.id, {
    state: "dropped",
    reply: "dropped by hand",
    at: new Date(services.clock.nowMs()),
  });
  await noteOutcome(tx, services, entry.outgoing);
  await recordEvent(tx, services, "dropped", { ...entry.outgoing, recipient: entry.recipient }, "by hand");
  const blobId = await takeFinishedBlob(tx, entry.outgoing.id);
  if (blobId !== null) await enqueueBlobDeletion(tx, services, blobId);
  await audit(tx, actor, "mailflow.dropped", entry);
}

const audit = (tx: TenantTx, actor: Actor, action: string, entry: QueueEntry): Promise<void> =>
  recordAudit(tx, actor, {
    action,
    object: { kind: "queue_entry", id: entry.id },
    details: { recipient: entry.recipient, sender: entry.outgoing.sender },
  });
