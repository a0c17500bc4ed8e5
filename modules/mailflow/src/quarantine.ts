import { type Actor, Failure, type MailAccountId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { acceptDelivery } from "./accept-message.ts";
import { blobOf, enqueueBlobDeletion } from "./deliver-job.ts";
import { enqueueLesson } from "./learn-job.ts";
import { recordEvent } from "./record-event.ts";
import type { MailflowServices } from "./services.ts";
import { finishQuarantined, lockQuarantined, type Quarantined, type QuarantineId } from "./store-quarantine.ts";

export interface QuarantineDecision {
  readonly id: QuarantineId;
  /** Set when a mail account decides itself: only about its own. */
  readonly mailAccountId?: MailAccountId;
}

type DecisionServices = Pick<MailflowServices, "clock" | "random" | "jobs">;

async function held(tx: TenantTx, decision: QuarantineDecision): Promise<Quarantined> {
  const found = await lockQuarantined(tx, decision.id);
  const isOthers = decision.mailAccountId !== undefined && found?.mailAccountId !== decision.mailAccountId;
  if (found === null || isOthers) throw new Failure("not_found", "mailflow.quarantine_missing", "no such message");
  if (found.state !== "held")
    throw new Failure("conflict", "mailflow.quarantine_decided", "this message is not held any more");
  return found;
}

/**
 * Lets a held message into its inbox, by a delivery job, and teaches the account's filter that it was wanted.
 * @throws not_found `mailflow.quarantine_missing`, conflict `mailflow.quarantine_decided`.
 */
export async function releaseQuarantined(
  tx: TenantTx,
  actor: Actor,
  decision: QuarantineDecision,
  services: DecisionServices,
): Promise<void> {
  const message = await held(tx, decision);
  await finishQuarantined(tx, message.id, "released", new Date(services.clock.nowMs()));
  const { traceId, mailAccountId, sender, recipient, headerMessageId } = message;
  const input = { traceId, mailAccountId, blob: blobOf(message), sender, recipient, headerMessageId };
  await acceptDelivery(tx, input, services);
  await enqueueLesson(tx, services, { mailAccountId, blobId: message.blobId, kind: "ham" });
  await recordEvent(tx, services, "released", message);
  await audit(tx, actor, "mailflow.quarantine_released", message);
}

/** Throws a held message away. @throws as `releaseQuarantined`. */
export async function deleteQuarantined(
  tx: TenantTx,
  actor: Actor,
  decision: QuarantineDecision,
  services: DecisionServices,
): Promise<void> {
  const message = await held(tx, decision);
  await finishQuarantined(tx, message.id, "deleted", new Date(services.clock.nowMs()));
  await enqueueBlobDeletion(tx, services, message.blobId);
  await recordEvent(tx, services, "dropped", message, "from quarantine");
  await audit(tx, actor, "mailflow.quarantine_deleted", message);
}

const audit = (tx: TenantTx, actor: Actor, action: string, message: Quarantined): Promise<void> =>
  recordAudit(tx, actor, {
    action,
    object: { kind: "quarantined_message", id: message.id },
    details: { sender: message.sender, recipient: message.recipient },
  });
