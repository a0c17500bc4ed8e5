import { type Actor, type BlobId, Failure, parseId, type TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { type JobHandler, jobLimits } from "@casaforte/platform/jobs";
import { appendMessage } from "./append-message.ts";
import { setMailboxes } from "./change-messages.ts";
import { fileAlong } from "./file-along.ts";
import { flagBits } from "./flags.ts";
import { indexStoredMessage } from "./ingest-message.ts";
import { type JmapServices, type SubmissionId, settleSubmission, submitTask } from "./jmap-submission.ts";
import { selectMessageBlob } from "./store-jmap.ts";
import { selectMailboxes } from "./store-mailboxes.ts";
import { lockSubmission, type SubmissionRow, selectStoredBlob } from "./store-submissions.ts";

/** Kinds that another try will not cure: the message goes back to the drafts. */
const finalKinds: readonly string[] = ["invalid", "forbidden", "not_found", "too_large", "unsupported", "corrupt"];

/** Sends what was held back, once its time has come. */
export function jmapJobHandlers(services: JmapServices): readonly JobHandler[] {
  return [
    {
      task: submitTask,
      async run(payload, { tenantId, attempt, logger }) {
        if (tenantId === null) return;
        const id = parseId<SubmissionId>(String(payload["submissionId"]));
        const refusal = await sendHeld(services, tenantId, id, attempt >= jobLimits.attemptsMax);
        if (refusal === null) return;
        logger.warn("mailbox.submission_refused", { submission: id, code: refusal.code });
        const filed = await takeBack(services, tenantId, id, refusal);
        const code = filed instanceof Failure ? filed.code : "unknown";
        if (filed !== null) logger.warn("mailbox.refused_not_among_drafts", { submission: id, code });
      },
    },
  ];
}

/**
 * The row stays locked while the mail flow takes the message, so that a call back either comes first or is told that it is too
 * late. The hand-over carries the submission's id: after a crash in between the job runs again, and the mail flow knows that it
 * has the message. Its bytes are sent though the message is destroyed (RFC 8621 §7). Answers why it is refused for good, and
 * whatever kept the last try from it: nobody would look at it again.
 */
function sendHeld(
  services: JmapServices,
  tenantId: TenantId,
  id: SubmissionId,
  isLastTry: boolean,
): Promise<Failure | null> {
  return services.db.tenant(tenantId, async (tx) => {
    const row = await lockSubmission(tx, id);
    if (row === null || row.state !== "pending") return null;
    const blobId = await blobOf(tx, row);
    if (blobId === null) return new Failure("not_found", "mailbox.message_not_found", "no such message");
    const { accountId: mailAccountId, sender, recipients } = row;
    const message = services.blobs.read(tenantId, blobId);
    try {
      await services.submit({ id, tenantId, mailAccountId, sender, recipients, message });
    } catch (error) {
      if (error instanceof Failure && (isLastTry || finalKinds.includes(error.kind))) return error;
      throw error;
    }
    await settleSubmission(tx, services, row, { state: "final" });
    return null;
  });
}

async function blobOf(tx: TenantTx, { accountId, messageId, blobId }: SubmissionRow): Promise<BlobId | null> {
  return blobId ?? (await selectMessageBlob(tx, accountId, messageId))?.blobId ?? null;
}

/** Notes the refusal, and puts the message among the drafts in the same transaction if it can be. Null: it is there. */
async function takeBack(services: JmapServices, tenantId: TenantId, id: SubmissionId, refusal: Failure) {
  let row: SubmissionRow | null = null;
  return fileAlong({
    note: (work) => services.db.tenant(tenantId, work),
    work: async (tx) => {
      const locked = await lockSubmission(tx, id);
      row = locked?.state === "pending" ? locked : null;
      if (row !== null) await settleSubmission(tx, services, row, { state: "refused", refusal: refusal.code });
    },
    file: async (tx) => {
      if (row !== null) await backToDrafts(tx, services, row);
      return null;
    },
    isDone: false,
  });
}

const nothingFiled = () =>
  new Failure("not_found", "mailbox.nothing_filed", "there are no drafts, or no bytes any more");

/**
 * One that was destroyed meanwhile is made anew: whoever has it destroyed when it is sent wants it if it is not.
 * @throws not_found `mailbox.nothing_filed`.
 */
async function backToDrafts(tx: TenantTx, services: JmapServices, row: SubmissionRow): Promise<void> {
  const actor: Actor = { kind: "system", name: "mailbox.submit" };
  const { accountId, messageId } = row;
  const drafts = (await selectMailboxes(tx, accountId)).find((mailbox) => mailbox.role === "drafts");
  if (drafts === undefined) throw nothingFiled();
  const mailboxIds = [drafts.id];
  if ((await selectMessageBlob(tx, accountId, messageId)) !== null) {
    await setMailboxes(tx, actor, { accountId, messageId, mailboxIds }, services);
    return;
  }
  const stored = row.blobId === null ? null : await selectStoredBlob(tx, row.blobId);
  if (stored === null) throw nothingFiled();
  const message = await indexStoredMessage(services, tx.tenantId, stored);
  const flags = { bits: flagBits.draft | flagBits.seen, keywords: [] };
  await appendMessage(tx, actor, { accountId, mailboxIds, message, flags }, services);
}
