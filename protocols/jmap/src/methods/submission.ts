/** EmailSubmission/get and /set. RFC 8621 §7; holding back by FUTURERELEASE's HOLDFOR (RFC 4865). */
import { Failure } from "@casaforte/kernel";
import { type Fields, isFields, read } from "../arguments.ts";
import type { Envelope, NewSubmission, SubmissionRecord } from "../backend.ts";
import { delayedSendSecondsMax } from "../limits.ts";
import {
  type Answer,
  accountOf,
  type Call,
  changingAccountOf,
  getAnswer,
  idsOf,
  type Method,
  objectsOf,
  resolveId,
  SetResult,
  setRequest,
} from "../method.ts";
import { JmapError } from "../method-error.ts";
import { Filings } from "./filings.ts";

function submissionObject(submission: SubmissionRecord) {
  return {
    id: submission.id,
    identityId: submission.identityId,
    emailId: submission.emailId,
    threadId: submission.threadId,
    envelope: {
      mailFrom: { email: submission.envelope.mailFrom, parameters: null },
      rcptTo: submission.envelope.rcptTo.map((email) => ({ email, parameters: null })),
    },
    sendAt: new Date(submission.sendAtMs).toISOString(),
    undoStatus: submission.undoStatus,
    deliveryStatus:
      submission.deliveryStatus === null
        ? null
        : Object.fromEntries(
            Object.entries(submission.deliveryStatus).map(([recipient, status]) => [
              recipient,
              // Nobody is asked whether it was read.
              { ...status, displayed: "unknown" },
            ]),
          ),
    dsnBlobIds: [],
    mdnBlobIds: [],
  };
}

/** What the server gave a new submission (RFC 8620 §5.3). */
function createdObject(submission: SubmissionRecord): Fields {
  const { identityId: _identity, emailId: _email, ...given } = submissionObject(submission);
  return given;
}

/** EmailSubmission/get; `ids: null` answers the recent ones. */
export const submissionGet: Method = async (call) => {
  const account = await accountOf(call);
  const ids = idsOf(call);
  const state = await account.state();
  const objects = (await account.submissions(ids)).map(submissionObject);
  const properties = read.stringsOrNull(call.args, "properties");
  return [["EmailSubmission/get", getAnswer(account.info.id, state, ids, objects, properties)]];
};

/** EmailSubmission/set, with the Email/set that its success asks for as a second answer. */
export const submissionSet: Method = async (call) => {
  const { account, chain } = await changingAccountOf(call);
  const { create, update, destroy } = setRequest(call);
  // Whatever is malformed is refused before anything is sent.
  const wishes = {
    update: objectsOf(call, "onSuccessUpdateEmail"),
    destroy: read.stringsOrNull(call.args, "onSuccessDestroyEmail") ?? [],
  };
  const result = new SetResult(call);
  const filing = new Filings(call, wishes);
  const made = new Map<string, string>();
  for (const [creationId, object] of create) {
    await result.attempt("notCreated", creationId, async () => {
      const wanted = filing.of(`#${creationId}`);
      const submission = await account.submit({
        ...readSubmission(call, object),
        ...(wanted ? { filing: wanted } : {}),
      });
      call.createdIds.set(creationId, submission.id);
      filing.done(`#${creationId}`, submission.emailId, submission.filed);
      made.set(submission.id, creationId);
      result.created[creationId] = createdObject(submission);
    });
  }
  for (const [id, patch] of update) {
    await result.attempt("notUpdated", id, async () => {
      const [property, ...more] = Object.keys(patch);
      if (property !== "undoStatus" || more.length > 0 || patch["undoStatus"] !== "canceled") {
        throw new JmapError("invalidProperties", "only undoStatus can be set, to canceled", Object.keys(patch));
      }
      const [submission] = await account.submissions([id]);
      if (submission === undefined) throw new JmapError("notFound", "no such submission");
      const { emailId } = submission;
      const wanted = filing.of(id);
      const { filed } = await account.cancelSubmission(id, wanted && { id: emailId, ...wanted });
      filing.done(id, emailId, filed);
      result.updated[id] = null;
    });
  }
  for (const id of destroy) {
    await result.attempt("notDestroyed", id, async () => {
      const [submission] = await account.submissions([id], false);
      if (submission === undefined) throw new JmapError("notFound", "no such submission");
      await account.destroySubmission(id);
      filing.done(id, submission.emailId);
      result.destroyed.push(id);
    });
  }
  const states = await chain.states(account);
  // What was sent at once may have arrived by now: what is told is never older than the state told.
  const present = made.size === 0 ? [] : await account.submissions([...made.keys()]).catch(asTold);
  for (const submission of present) result.created[made.get(submission.id) ?? ""] = createdObject(submission);
  const answer: Answer = ["EmailSubmission/set", result.answer(account.info.id, states)];
  // What goes wrong with the emails is an answer of its own: the submissions are made.
  return [answer, ...(await filing.rest(account.info.id, states))];
};

/** What was told when it was made stands where nobody can say how it is now. */
function asTold(error: unknown): readonly SubmissionRecord[] {
  if (error instanceof Failure) return [];
  throw error;
}

function readSubmission(call: Call, object: Fields): NewSubmission {
  const identityId = read.string(object, "identityId");
  const emailId = resolveId(call, read.string(object, "emailId"));
  const envelope = object["envelope"];
  if (envelope === undefined || envelope === null) return { identityId, emailId, holdSeconds: 0 };
  if (!isFields(envelope)) throw new JmapError("invalidProperties", "not an envelope", ["envelope"]);
  const { mailFrom, rcptTo } = envelope;
  if (!isFields(mailFrom) || !Array.isArray(rcptTo)) {
    throw new JmapError("invalidProperties", "an envelope has mailFrom and rcptTo", ["envelope"]);
  }
  const holdSeconds = holdOf(mailFrom["parameters"], call.nowMs);
  const wire: Envelope = { mailFrom: addressOf(mailFrom), rcptTo: (rcptTo as readonly unknown[]).map(addressOf) };
  // An empty list of recipients with parameters asks for the message's own recipients, only later.
  if (wire.rcptTo.length === 0) return { identityId, emailId, holdSeconds };
  return { identityId, emailId, envelope: wire, holdSeconds };
}

function addressOf(value: unknown): string {
  const email = isFields(value) ? value["email"] : undefined;
  if (typeof email !== "string" || email.length > 320 || /[\s<>\u0000-\u001f]/.test(email)) {
    throw new JmapError("invalidProperties", "not an address", ["envelope"]);
  }
  return email;
}

function holdOf(parameters: unknown, nowMs: number): number {
  if (!isFields(parameters)) return 0;
  const holdFor = parameters["HOLDFOR"];
  const holdUntil = parameters["HOLDUNTIL"];
  const seconds =
    typeof holdFor === "string"
      ? Number(holdFor)
      : typeof holdUntil === "string"
        ? Math.max(0, Math.ceil((Date.parse(holdUntil) - nowMs) / 1000))
        : 0;
  if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > delayedSendSecondsMax) {
    throw new JmapError("invalidProperties", "cannot hold a message so long", ["envelope"]);
  }
  return seconds;
}
