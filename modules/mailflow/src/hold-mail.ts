import { type Actor, Failure, type MailAccountId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { sendTask } from "./accept-message.ts";
import { enqueueBlobDeletion } from "./deliver-job.ts";
import { noteOutcome } from "./note-outcome.ts";
import { recordEvents } from "./record-event.ts";
import type { MailflowServices } from "./services.ts";
import { isStopped } from "./store-abuse.ts";
import { dropHeldEntries, freeEntries, type HeldEntry, holdEntries } from "./store-held.ts";
import { takeFinishedBlob } from "./store-queue.ts";
import { type EventKind, heldDetail, type QueueEntry } from "./types.ts";

type HoldServices = Pick<MailflowServices, "clock" | "random" | "jobs">;

/** Holds what a stopped account and its rules still have to send: it leaves when the stop is lifted, or comes back when its patience ends. */
export async function holdMail(tx: TenantTx, mailAccountId: MailAccountId, services: HoldServices): Promise<void> {
  const held = await holdEntries(tx, mailAccountId, heldDetail);
  for (const { id, expiresAt } of held)
    await services.jobs.enqueue(tx, sendTask, { queueId: id }, { key: id, runAtMs: expiresAt.getTime() });
  await recordSteps(tx, services, "deferred", held, heldDetail);
}

/** Sends what was held, now. */
export async function letMailGo(tx: TenantTx, mailAccountId: MailAccountId, services: HoldServices): Promise<void> {
  const free = await freeEntries(tx, mailAccountId, new Date(services.clock.nowMs()));
  for (const { id } of free) await services.jobs.enqueue(tx, sendTask, { queueId: id }, { key: id });
  await recordSteps(tx, services, "retried", free, "sending from this account was allowed again");
}

/**
 * Whether an entry may be tried: not while its account is stopped, unless an operator let it go. The stop's row is locked, so
 * that who lifts it finds what was held meanwhile.
 */
export async function mayGo(tx: TenantTx, entry: QueueEntry, services: HoldServices): Promise<boolean> {
  const account = entry.outgoing.mailAccountId ?? entry.outgoing.rulesOf;
  // Where a version that knew no holding has lifted the stop, the sweep lets it go.
  if (entry.hold === "held") return false;
  if (account === null || entry.hold === "let_go" || !(await isStopped(tx, account, true))) return true;
  await holdMail(tx, account, services);
  return false;
}

/**
 * Gives up what is held of an account's own mail; the stop stays, and what its rules pass on waits for its end. No report is sent; a sender whose program asks what became of it is
 * told. Returns how many recipients it was for. @throws not_found `mailflow.not_stopped`.
 */
export async function discardHeld(
  tx: TenantTx,
  actor: Actor,
  { mailAccountId }: { readonly mailAccountId: MailAccountId },
  services: HoldServices & Pick<MailflowServices, "mailStore">,
): Promise<number> {
  if (!(await isStopped(tx, mailAccountId, true)))
    throw new Failure("not_found", "mailflow.not_stopped", "this account is not stopped");
  const at = new Date(services.clock.nowMs());
  const dropped = await dropHeldEntries(tx, mailAccountId, { reply: "dropped by hand", at });
  if (dropped.length === 0) return 0;
  await recordSteps(tx, services, "dropped", dropped, "by hand");
  for (const id of new Set(dropped.map(({ outgoingId }) => outgoingId))) {
    await noteOutcome(tx, services, { id, mailAccountId });
    const blobId = await takeFinishedBlob(tx, id);
    if (blobId !== null) await enqueueBlobDeletion(tx, services, blobId);
  }
  await recordAudit(tx, actor, {
    action: "mailflow.held_discarded",
    object: { kind: "mail_account", id: mailAccountId },
    details: { recipients: dropped.length },
  });
  return dropped.length;
}

async function recordSteps(
  tx: TenantTx,
  services: HoldServices,
  kind: EventKind,
  entries: readonly HeldEntry[],
  detail: string,
): Promise<void> {
  if (entries.length === 0) return;
  await recordEvents(
    tx,
    services,
    entries.map((about) => ({ kind, about, detail })),
  );
}
