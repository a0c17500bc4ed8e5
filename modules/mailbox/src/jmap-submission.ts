import {
  type DeliveryStatus,
  type EmailChange,
  type Filed,
  JmapError,
  type NewSubmission,
  type Outcome,
  type SubmissionRecord,
  type VacationRecord,
} from "@casaforte/jmap";
import {
  type Actor,
  type Bytes,
  Failure,
  type Id,
  type MailAccountId,
  type MessageId,
  newId,
  parseId,
  type TenantId,
} from "@casaforte/kernel";
import { parseMessage } from "@casaforte/mime";
import type { TenantTx } from "@casaforte/platform/db";
import type { Jobs } from "@casaforte/platform/jobs";
import { fileAlong } from "./file-along.ts";
import { identityId } from "./identity-id.ts";
import { noSuchAccount } from "./locked-account.ts";
import type { MailboxListings } from "./mailbox-listings.ts";
import { hintChange, type MailboxEdgeServices, type MailboxServices } from "./services.ts";
import { lockAccount, stepAccount } from "./store-changes.ts";
import { selectMessageBlob } from "./store-jmap.ts";
import {
  insertSubmission,
  lockSubmission,
  markSubmissionDestroyed,
  type SubmissionRow,
  selectSubmissions,
  setSubmissionState,
  touchSubmission,
} from "./store-submissions.ts";
import type { VapidKey } from "./web-push.ts";

export type SubmissionId = Id<"MailSubmission">;

/** Hands a message to the mail flow as its owner; it resolves when sending is promised. Wired by the composition root. */
export type SubmitForAccount = (submission: {
  /** Names the hand-over: a second one with the same id sends nothing. */
  readonly id: SubmissionId;
  readonly tenantId: TenantId;
  readonly mailAccountId: MailAccountId;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly message: AsyncIterable<Bytes>;
}) => Promise<void>;

/** The automatic answer of an account, kept by whoever gives it. Wired by the composition root. */
export interface VacationStore {
  read(tx: TenantTx, accountId: MailAccountId): Promise<VacationRecord>;
  set(tx: TenantTx, actor: Actor, accountId: MailAccountId, vacation: VacationRecord): Promise<void>;
}

export interface GrantedSender {
  readonly address: string;
  /** The account is named in Sender of what it writes so. */
  readonly isOnBehalf: boolean;
}

/** What became of a message for one recipient. */
export interface RecipientOutcome {
  readonly recipient: string;
  readonly state: "waiting" | "sent" | "failed" | "dropped";
  /** It is in a mailbox here. */
  readonly isDelivered: boolean;
  /** The last that another server said of it. */
  readonly reply: string | null;
}

export type SubmissionOutcomes = (
  tx: TenantTx,
  ids: readonly SubmissionId[],
) => Promise<ReadonlyMap<string, readonly RecipientOutcome[]>>;

export interface JmapServices extends MailboxEdgeServices {
  readonly listings: MailboxListings;
  readonly vacations: VacationStore;
  readonly jobs: Jobs;
  readonly submit: SubmitForAccount;
  /**
   * Addresses the account may send as, or on behalf of; its own is one of them whatever this says. Wired by the composition
   * root.
   */
  readonly senderAddresses?: (tx: TenantTx, accountId: MailAccountId) => Promise<readonly GrantedSender[]>;
  /** What became of submissions, by id and recipient; wired by the composition root. Absent: nobody knows. */
  readonly outcomes?: SubmissionOutcomes;
  /** By what push services know the server; without it nothing is pushed. */
  readonly pushKey?: VapidKey;
}

export const submitTask = "mailbox.submit";

/** The longest list of submissions that is told or looked through: the newest ones. */
const recentMax = 5_000;

const record = (row: SubmissionRow, outcomes: readonly RecipientOutcome[] = []): SubmissionRecord => ({
  id: row.id,
  identityId: identityId(row.identity),
  emailId: row.messageId,
  threadId: row.threadId,
  envelope: { mailFrom: row.sender, rcptTo: row.recipients },
  sendAtMs: row.sendAt.getTime(),
  // A refusal came after the time to think: for the client it is over, and nobody gets it.
  undoStatus: row.state === "refused" ? "final" : row.state,
  deliveryStatus: statusOfAll(row, outcomes),
});

function statusOfAll(row: SubmissionRow, outcomes: readonly RecipientOutcome[]): SubmissionRecord["deliveryStatus"] {
  if (row.state !== "refused") return outcomes.length === 0 ? null : deliveryStatus(row.recipients, outcomes);
  const refused = { state: "failed", isDelivered: false, reply: row.refusal ?? "refused" } as const;
  return deliveryStatus(
    row.recipients,
    row.recipients.map((recipient) => ({ recipient, ...refused })),
  );
}

/** By recipients as the client wrote them: the mail flow knows them in its own spelling. */
function deliveryStatus(
  recipients: readonly string[],
  outcomes: readonly RecipientOutcome[],
): Record<string, DeliveryStatus> {
  const spelling = new Map(recipients.map((recipient) => [recipient.toLowerCase(), recipient]));
  const named = outcomes.map(
    (one) => [spelling.get(one.recipient.toLowerCase()) ?? one.recipient, statusOf(one)] as const,
  );
  return Object.fromEntries(named);
}

const replyCharsMax = 500;
const codes = { waiting: "450 4.0.0", sent: "250 2.0.0", failed: "550 5.0.0", dropped: "550 5.0.0" } as const;

function statusOf({ state, isDelivered, reply }: RecipientOutcome): DeliveryStatus {
  const said = (reply ?? "").replace(/[\r\n]+/g, " ").slice(0, replyCharsMax);
  const worded = said === "" ? "250 2.0.0 queued" : `${codes[state]} ${said}`;
  const smtpReply = /^[2-5][0-9]{2}[ -]/.test(said) ? said : worded;
  if (state === "waiting") return { smtpReply, delivered: "queued" };
  if (state === "sent") return { smtpReply, delivered: isDelivered ? "yes" : "unknown" };
  return { smtpReply, delivered: "no" };
}

export interface SubmitRequest extends NewSubmission {
  readonly accountId: MailAccountId;
  /** Addresses that the account may send as. */
  readonly senders: readonly string[];
}

/** What its account adds to a submission. */
export interface SubmitSteps {
  /** Before a message is handed over at once, which nobody can take back; it may refuse it. */
  ahead(): Promise<void>;
  /** Runs what is noted of it. */
  note<Result>(work: (tx: TenantTx) => Promise<Result>): Promise<Result>;
  /** Does to a message what the client asked for with its submission. */
  file(tx: TenantTx, change: EmailChange): Promise<Outcome>;
}

/**
 * Takes a message for sending: at once, or by a job after `holdSeconds`. @throws JmapError `noRecipients`,
 * `forbiddenFrom`; not_found; what the mail flow refuses.
 */
export async function submitEmail(
  services: JmapServices,
  tenantId: TenantId,
  request: SubmitRequest,
  steps: SubmitSteps,
): Promise<SubmissionRecord & Filed> {
  const { db, clock, random, blobs, jobs } = services;
  const { accountId, senders } = request;
  const messageId = parseId<MessageId>(request.emailId);
  const found = await db.tenant(tenantId, (tx) => selectMessageBlob(tx, accountId, messageId), { readOnly: true });
  if (found === null) throw new Failure("not_found", "mailbox.message_not_found", "no such message");
  // An address itself is what ids were in earlier versions: pages that are open know them still.
  const identity = senders.find((address) => [identityId(address), address].includes(request.identityId));
  if (identity === undefined) throw new Failure("not_found", "mailbox.no_identity", "no such identity");
  const { index } = parseMessage(await blobs.readAll(tenantId, found.blobId));
  const addresses = (list: readonly { mailbox: string | null; host: string | null }[]): string[] =>
    list.flatMap(({ mailbox, host }) => (mailbox === null || !host ? [] : [`${mailbox}@${host}`]));
  const { from, to, cc, bcc } = index.envelope;
  if (addresses(from).length === 0) throw new JmapError("invalidEmail", "the message has no From", ["from"]);
  const recipients = request.envelope?.rcptTo ?? [...new Set(addresses([...to, ...cc, ...bcc]))];
  if (recipients.length === 0) throw new JmapError("noRecipients", "there is nobody to send to");
  const sender = request.envelope?.mailFrom ?? identity;
  const nowMs = clock.nowMs();
  const isHeld = request.holdSeconds > 0;
  const row: SubmissionRow = {
    id: newId<SubmissionId>(clock, random),
    accountId,
    messageId,
    threadId: found.threadId,
    blobId: found.blobId,
    identity,
    sender,
    recipients,
    sendAt: new Date(nowMs + request.holdSeconds * 1000),
    state: isHeld ? "pending" : "final",
    createdAt: new Date(nowMs),
  };
  if (!isHeld) {
    await steps.ahead();
    const message = blobs.read(tenantId, found.blobId);
    await services.submit({ id: row.id, tenantId, mailAccountId: accountId, sender, recipients, message });
  }
  const note = async (tx: TenantTx) => {
    const modseq = await stepState(tx, services, accountId);
    if (modseq === 0) throw noSuchAccount();
    await insertSubmission(tx, row, modseq);
    if (!isHeld) return;
    await jobs.enqueue(tx, submitTask, { submissionId: row.id }, { key: row.id, runAtMs: row.sendAt.getTime() });
  };
  const { filing } = request;
  const file = filing ? (tx: TenantTx) => steps.file(tx, { id: messageId, ...filing }) : null;
  try {
    const filed = await fileAlong({ note: steps.note, work: note, file, isDone: !isHeld });
    if (filed !== undefined) return { ...record(row), filed };
  } catch (error) {
    // It is on its way: who were told that it is not would send it again.
    if (isHeld) throw error;
    if (error instanceof Failure)
      services.logger.warn("mailbox.submission_not_noted", { submission: row.id, code: error.code });
    else services.logger.error("mailbox.submission_not_noted", error, { submission: row.id });
  }
  return record(row);
}

/** Null: the recent ones. */
export async function readSubmissions(
  tx: TenantTx,
  accountId: MailAccountId,
  ids: readonly string[] | null,
  outcomes?: SubmissionOutcomes,
): Promise<readonly SubmissionRecord[]> {
  const rows = await selectSubmissions(tx, accountId, ids as readonly SubmissionId[] | null, recentMax);
  const known = await outcomes?.(
    tx,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => record(row, known?.get(row.id)));
}

/** Takes the record of a submission away; what still waits is sent all the same. @throws JmapError `notFound`. */
export async function destroySubmission(
  tx: TenantTx,
  accountId: MailAccountId,
  id: SubmissionId,
  services: MailboxEdgeServices,
): Promise<void> {
  const row = await lockSubmission(tx, id);
  if (row === null || row.accountId !== accountId || row.isDestroyed) throw noSuchSubmission();
  await markSubmissionDestroyed(tx, row.id, await stepState(tx, services, accountId));
}

const noSuchSubmission = () => new JmapError("notFound", "no such submission");

/** Says that something became of a message for a recipient, in the transaction that notes it; other messages do not matter. */
export async function noteDelivery(
  tx: TenantTx,
  accountId: MailAccountId,
  id: SubmissionId,
  services: MailboxServices,
): Promise<void> {
  const row = await lockSubmission(tx, id);
  if (row === null || row.accountId !== accountId || row.isDestroyed) return;
  await touchSubmission(tx, id, await stepState(tx, services, accountId));
}

/** @throws JmapError `cannotUnsend`. */
export async function cancelSubmission(
  tx: TenantTx,
  accountId: MailAccountId,
  id: SubmissionId,
  services: MailboxEdgeServices,
): Promise<void> {
  const row = await lockSubmission(tx, id);
  if (row?.isDestroyed) throw noSuchSubmission();
  if (row === null || row.accountId !== accountId || row.state !== "pending") {
    throw new JmapError("cannotUnsend", "it is sent already");
  }
  await settleSubmission(tx, services, row, { state: "canceled" });
}

/** The account's state moves with a submission, in the same transaction. 0: the account is gone, and nobody asks. */
export async function stepState(tx: TenantTx, services: MailboxServices, accountId: MailAccountId): Promise<number> {
  const locked = await lockAccount(tx, accountId);
  if (locked === null) return 0;
  const modseq = locked.modseq + 1;
  await stepAccount(tx, accountId, { modseq });
  hintChange(tx, services, accountId);
  return modseq;
}

/** What became of one that was pending. The caller holds its row locked. */
export async function settleSubmission(
  tx: TenantTx,
  services: MailboxEdgeServices,
  row: SubmissionRow,
  { state, refusal = null }: { readonly state: SubmissionRow["state"]; readonly refusal?: string | null },
): Promise<void> {
  const modseq = await stepState(tx, services, row.accountId);
  await setSubmissionState(tx, row.id, { state, refusal, modseq });
}
