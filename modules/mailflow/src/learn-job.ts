import { createHash } from "node:crypto";
import { type BlobId, Failure, type MailAccountId } from "@casaforte/kernel";
import { parseMessage } from "@casaforte/mime";
import type { TenantTx } from "@casaforte/platform/db";
import type { JobHandler, Jobs } from "@casaforte/platform/jobs";
import { wordsOf } from "./bayes.ts";
import { idOf, tenantOf } from "./job-payload.ts";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import { addLesson, type LessonKind, lockLesson, noteLearned } from "./store-bayes.ts";

export const learnTask = "mailflow.learn";

/** Promises, in the transaction of the move, that the account's filter learns from it. */
export async function enqueueLesson(
  tx: TenantTx,
  services: { readonly jobs: Jobs },
  lesson: { readonly mailAccountId: MailAccountId; readonly blobId: BlobId; readonly kind: LessonKind },
): Promise<void> {
  const { mailAccountId, blobId, kind } = lesson;
  // The last move of a message wins.
  const key = `${mailAccountId} ${blobId}`;
  await services.jobs.enqueue(tx, learnTask, { mailAccountId, blobId, kind }, { key });
}

/** Learns a message as spam or as wanted, once; a change of mind takes the first lesson back. */
export function learnHandler(services: MailflowServices): JobHandler {
  return {
    task: learnTask,
    async run(payload, context) {
      const tenantId = tenantOf(context.tenantId);
      const account = idOf<MailAccountId>(payload, "mailAccountId");
      const kind: LessonKind = payload["kind"] === "spam" ? "spam" : "ham";
      const bytes = await services.blobs.readAll(tenantId, idOf<BlobId>(payload, "blobId")).catch((error) => {
        // Expunged and collected meanwhile: nothing is left to learn from.
        if (error instanceof Failure && error.kind === "not_found") return null;
        throw error;
      });
      if (bytes === null || bytes.length > mailflowLimits.learnBytesMax) return;
      const words = wordsOf(parseMessage(bytes));
      const message = createHash("sha256").update(bytes).digest();
      await services.db.tenant(tenantId, async (tx) => {
        const before = await lockLesson(tx, account, message);
        if (before === kind) return;
        if (before !== null) await addLesson(tx, account, { kind: before, words, by: -1 });
        await addLesson(tx, account, { kind, words, by: 1 });
        await noteLearned(tx, account, { message, kind, at: new Date(services.clock.nowMs()) });
      });
    },
  };
}
