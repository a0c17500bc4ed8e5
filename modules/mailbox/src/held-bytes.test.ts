import { Failure } from "@casaforte/kernel";
import { jobLimits } from "@casaforte/platform/jobs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  bed,
  call,
  closeJmapBed,
  findings,
  flow,
  message,
  newAccount,
  openJmapBed,
  sent,
  services,
  tenantId,
} from "./jmap-bed.test-support.ts";
import { jobHandlers } from "./jobs.ts";
import { mailboxLimits } from "./limits.ts";
import { blobIds } from "./mailbox-testbed.ts";
import { jmapJobHandlers } from "./send-held.ts";

const dayMs = 24 * 60 * 60 * 1000;
beforeAll(openJmapBed);
afterAll(closeJmapBed);
beforeEach(() => {
  sent.length = 0;
  flow.refuse = null;
});

/** Held back for twenty days, and destroyed as soon as it is noted. */
async function holdAndDestroy(id: string) {
  const { account, backend, store, box } = await newAccount();
  const bytes = message("held", id);
  const before = new Set(await blobIds(bed, tenantId));
  const { id: emailId } = await store.createEmail({ bytes, mailboxIds: [box("drafts")], keywords: ["$draft"] });
  const [blobId] = (await blobIds(bed, tenantId)).filter((one) => !before.has(one));
  const parameters = { HOLDFOR: String((20 * dayMs) / 1000) };
  const envelope = { mailFrom: { email: account.address, parameters }, rcptTo: [{ email: "anna@x.it" }] };
  const answer = await call(backend, "EmailSubmission/set", {
    accountId: account.id,
    create: { s: { identityId: account.address, emailId, envelope } },
    onSuccessDestroyEmail: ["#s"],
  });
  const submissionId = (answer["created"] as { s: { id: string } }).s.id;
  expect(await store.emails([emailId])).toEqual([]);
  const submission = async () => (await store.submissions([submissionId]))[0];
  return { account, backend, store, box, blobId, submissionId, submission, raw: Buffer.from(bytes).toString() };
}

const context = { tenantId: null, attempt: 1, signal: new AbortController().signal };
const run = async (submissionId: string, attempt = 1) =>
  jmapJobHandlers(services)[0]?.run({ submissionId }, { ...context, attempt, tenantId, logger: bed.logger });
const collect = async () =>
  jobHandlers({ ...bed.services, otherBlobReferences: [] })
    .find(({ task }) => task === "mailbox.collect")
    ?.run({}, { ...context, logger: bed.logger });

test("what is held back is sent though its message was destroyed, and its bytes are kept until then", async () => {
  const held = await holdAndDestroy("kept");
  await bed.clock.advance((mailboxLimits.recoverDays + 1) * dayMs);
  await collect();
  expect(await blobIds(bed, tenantId)).toContain(held.blobId);
  expect(await findings()).toEqual([]);
  await run(held.submissionId);
  expect(sent).toMatchObject([{ recipients: ["anna@x.it"], raw: held.raw }]);
  expect(await held.submission()).toMatchObject({ undoStatus: "final", deliveryStatus: null });
  await collect();
  expect(await blobIds(bed, tenantId)).not.toContain(held.blobId);
  expect(await findings()).toEqual([]);
});

test("what was called back is not kept for the submission's sake", async () => {
  const held = await holdAndDestroy("back");
  await held.store.cancelSubmission(held.submissionId);
  await bed.clock.advance((mailboxLimits.recoverDays + 1) * dayMs);
  await collect();
  expect(await blobIds(bed, tenantId)).not.toContain(held.blobId);
  await run(held.submissionId);
  expect(sent).toEqual([]);
});

test("a refusal is told of each recipient, and what was destroyed meanwhile lies among the drafts again", async () => {
  const held = await holdAndDestroy("refused");
  flow.refuse = new Failure("forbidden", "smtp.sender_not_yours", "not yours");
  await run(held.submissionId);
  const status = { smtpReply: "550 5.0.0 smtp.sender_not_yours", delivered: "no" };
  expect(await held.submission()).toMatchObject({ undoStatus: "final", deliveryStatus: { "anna@x.it": status } });
  const ids = (await call(held.backend, "Email/query", { accountId: held.account.id }))["ids"] as string[];
  expect(await held.store.emails(ids)).toMatchObject([{ mailboxIds: [held.box("drafts")], subject: "held" }]);
  expect(Buffer.from(await held.store.readMessage(ids[0] ?? "")).toString()).toBe(held.raw);
  expect(await findings()).toEqual([]);
});

test("a refusal is noted though there is no room for the message among the drafts", async () => {
  const held = await holdAndDestroy("full");
  await bed.db.tenant(
    tenantId,
    (tx) =>
      tx.sql`update mailbox_accounts set quota_bytes = 1 where tenant_id = ${tenantId} and id = ${held.account.id}`,
  );
  flow.refuse = new Failure("forbidden", "smtp.sender_not_yours", "not yours");
  await run(held.submissionId);
  expect(await held.submission()).toMatchObject({
    undoStatus: "final",
    deliveryStatus: { "anna@x.it": { delivered: "no" } },
  });
  expect(bed.logger.events.at(-1)).toMatchObject({ event: "mailbox.refused_not_among_drafts" });
});

test("what keeps the last try from it is a refusal too: nothing is held back without an end", async () => {
  const held = await holdAndDestroy("limited");
  flow.refuse = new Failure("rate_limited", "mailflow.rate_limited", "too many");
  await expect(run(held.submissionId, jobLimits.attemptsMax - 1)).rejects.toMatchObject({ kind: "rate_limited" });
  expect(await held.submission()).toMatchObject({ undoStatus: "pending" });
  await run(held.submissionId, jobLimits.attemptsMax);
  expect(await held.submission()).toMatchObject({
    undoStatus: "final",
    deliveryStatus: { "anna@x.it": { delivered: "no" } },
  });
  const ids = (await call(held.backend, "Email/query", { accountId: held.account.id }))["ids"] as string[];
  expect(await held.store.emails(ids)).toMatchObject([{ mailboxIds: [held.box("drafts")] }]);
});

test("bytes of what is held back that the store knows nothing of are told by an invariant, and sent", async () => {
  const held = await holdAndDestroy("lost");
  await bed.db.tenant(tenantId, async (tx) => {
    await tx.sql`delete from mailbox_contents where tenant_id = ${tenantId} and blob_id = ${held.blobId ?? ""}`;
  });
  expect((await findings()).join()).toContain(held.submissionId);
  await bed.clock.advance(mailboxLimits.blobGraceMs + 1);
  await collect();
  await run(held.submissionId);
  expect(sent).toMatchObject([{ raw: held.raw }]);
});
