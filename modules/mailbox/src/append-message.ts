import { formatBodyStructure, formatEnvelope } from "@casaforte/imap";
import {
  type Actor,
  assert,
  Failure,
  type MailAccountId,
  type MailboxId,
  type MessageId,
  newId,
  type ThreadId,
} from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { allFlagBits, canonicalKeywords, flagBits, type MessageFlags } from "./flags.ts";
import type { IngestedMessage } from "./ingest-message.ts";
import { mailboxLimits } from "./limits.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import { selectAccount } from "./store-accounts.ts";
import {
  addAccountKeywords,
  chargeAccount,
  insertMessage,
  type NewMessage,
  type ReferenceKey,
  selectReferences,
  takeUids,
  type UidRange,
} from "./store-append.ts";
import { threadKeys } from "./thread-key.ts";

export interface MessageToAppend {
  readonly message: IngestedMessage;
  readonly flags: MessageFlags;
  /** Milliseconds since 1970; the time of the append if absent. */
  readonly receivedAtMs?: number;
}

export interface AppendMessagesInput {
  readonly accountId: MailAccountId;
  /** Each message goes into each of these. */
  readonly mailboxIds: readonly MailboxId[];
  readonly messages: readonly MessageToAppend[];
}

export interface AppendedMessage {
  readonly messageId: MessageId;
  readonly threadId: ThreadId;
  readonly uids: readonly { readonly mailboxId: MailboxId; readonly uid: number; readonly uidvalidity: number }[];
}

export interface AppendMessagesResult {
  readonly messages: readonly AppendedMessage[];
  readonly modseq: number;
}

/**
 * Puts messages into mailboxes of an account, all or none, in order; UIDs are consecutive and committed in their order.
 * @throws over_quota `mailbox.over_quota`, not_found `mailbox.not_found` or `mailbox.account_not_found`,
 * invalid `mailbox.keyword`.
 */
export async function appendMessages(
  tx: TenantTx,
  actor: Actor,
  input: AppendMessagesInput,
  services: MailboxServices,
): Promise<AppendMessagesResult> {
  const { accountId, messages } = input;
  assertMayUse(tx, actor, accountId);
  const mailboxIds = [...new Set(input.mailboxIds)].sort();
  assert(messages.length > 0 && messages.length <= mailboxLimits.appendMax, "an append has 1 to appendMax messages");
  assert(
    mailboxIds.length > 0 && mailboxIds.length <= mailboxLimits.membershipsMax,
    "a message has 1 to membershipsMax places",
  );
  const bytes = messages.reduce((sum, { message }) => sum + Number(message.blob.size), 0);
  const unseen = messages.filter(({ flags }) => (flags.bits & flagBits.seen) === 0).length;
  const keys = messages.map(({ message }) => threadKeys(message.summary.links, message.summary.baseSubject));
  // Sent together: each statement sees what the one before it did, and the first one holds the account's lock.
  const [account, ranges, known] = await Promise.all([
    chargeAccount(tx, { accountId, bytes, messages: messages.length }),
    takeUids(tx, accountId, mailboxIds, { count: messages.length, unseen, bytes }),
    selectReferences(tx, accountId, [...new Set(keys.flat().map((key) => key.reference))]),
  ]);
  if (!account) throw await whyNotCharged(tx, accountId, bytes);
  if (ranges.length !== mailboxIds.length) throw new Failure("not_found", "mailbox.not_found", "no such mailbox");
  const threads = new ThreadFinder(known, services);
  const spelled = canonicalKeywords([...new Set(messages.flatMap(({ flags }) => flags.keywords))], account.keywords);
  const keywords = [...account.keywords, ...spelled.fresh];
  const rows = messages.map((message, index) =>
    newRow(message, {
      accountId,
      index,
      ranges,
      keywords,
      modseq: account.modseq,
      keys: keys[index] ?? [],
      threads,
      services,
    }),
  );
  await Promise.all([...rows.map((row) => insertMessage(tx, row)), addAccountKeywords(tx, accountId, spelled.fresh)]);
  hintChange(tx, services, accountId, mailboxIds.length === 1 ? mailboxIds[0] : "", account.modseq);
  return {
    modseq: account.modseq,
    messages: rows.map((row) => ({
      messageId: row.id,
      threadId: row.threadId,
      uids: row.memberships.map(({ mailboxId, uid }) => ({
        mailboxId,
        uid,
        uidvalidity: ranges.find((range) => range.mailboxId === mailboxId)?.uidvalidity ?? 0,
      })),
    })),
  };
}

export interface AppendMessageInput extends MessageToAppend {
  readonly accountId: MailAccountId;
  readonly mailboxIds: readonly MailboxId[];
}

export interface AppendMessageResult extends AppendedMessage {
  /** UID in the first of the mailboxes. */
  readonly uid: number;
  readonly modseq: number;
}

/** One message; see `appendMessages`. */
export async function appendMessage(
  tx: TenantTx,
  actor: Actor,
  input: AppendMessageInput,
  services: MailboxServices,
): Promise<AppendMessageResult> {
  const result = await appendMessages(
    tx,
    actor,
    { accountId: input.accountId, mailboxIds: input.mailboxIds, messages: [input] },
    services,
  );
  const message = result.messages[0];
  const first = message?.uids.find(({ mailboxId }) => mailboxId === input.mailboxIds[0]);
  assert(message && first, "an appended message has its places");
  return { ...message, uid: first.uid, modseq: result.modseq };
}

/** Finds or makes the thread of each message, those of one append included. */
class ThreadFinder {
  readonly #threads = new Map<string, ThreadId>();
  readonly #services: MailboxServices;

  constructor(known: readonly (ReferenceKey & { readonly threadId: ThreadId })[], services: MailboxServices) {
    this.#services = services;
    for (const row of known) this.#threads.set(`${row.reference} ${row.subject}`, row.threadId);
  }

  threadOf(keys: readonly ReferenceKey[]): ThreadId {
    const names = keys.map((key) => `${key.reference} ${key.subject}`);
    const found = names.map((name) => this.#threads.get(name)).find((thread) => thread !== undefined);
    const thread = found ?? newId<ThreadId>(this.#services.clock, this.#services.random);
    for (const name of names) if (!this.#threads.has(name)) this.#threads.set(name, thread);
    return thread;
  }
}

interface RowContext {
  readonly accountId: MailAccountId;
  readonly index: number;
  readonly ranges: readonly UidRange[];
  readonly keywords: readonly string[];
  readonly modseq: number;
  readonly keys: readonly ReferenceKey[];
  readonly threads: ThreadFinder;
  readonly services: MailboxServices;
}

function newRow({ message, flags, receivedAtMs }: MessageToAppend, context: RowContext): NewMessage {
  const { index, summary, blob } = message;
  const now = new Date(context.services.clock.nowMs());
  return {
    ...summary,
    id: newId<MessageId>(context.services.clock, context.services.random),
    accountId: context.accountId,
    blobId: blob.id,
    sizeBytes: Number(blob.size),
    sha256: blob.sha256,
    receivedAt: receivedAtMs === undefined ? now : new Date(boundedDate(receivedAtMs)),
    savedAt: now,
    sentAt: summary.sentAtMs === null ? null : new Date(summary.sentAtMs),
    modseq: context.modseq,
    threadId: context.threads.threadOf(context.keys),
    indexJson: JSON.stringify(index),
    parser: index.version,
    envelopeWire: formatEnvelope(index.envelope),
    structureWire: formatBodyStructure(index.structure, true),
    header: message.header,
    flags: { bits: flags.bits & allFlagBits, keywords: canonicalKeywords(flags.keywords, context.keywords).keywords },
    memberships: context.ranges.map((range) => ({ mailboxId: range.mailboxId, uid: range.firstUid + context.index })),
    references: context.keys,
  };
}

const boundedDate = (ms: number): number =>
  Math.min(Math.max(ms, mailboxLimits.receivedAtMsMin), mailboxLimits.receivedAtMsMax);

async function whyNotCharged(tx: TenantTx, accountId: MailAccountId, bytes: number): Promise<Failure> {
  const account = await selectAccount(tx, accountId);
  if (!account || account.state === "deleted")
    return new Failure("not_found", "mailbox.account_not_found", "no such mail account");
  return new Failure("over_quota", "mailbox.over_quota", "the mail account is full", {
    details: { usedBytes: Number(account.usedBytes), quotaBytes: Number(account.quotaBytes ?? 0n), neededBytes: bytes },
  });
}
