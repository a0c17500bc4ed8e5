import { formatBodyStructure, formatEnvelope } from "@casaforte/imap";
import {
  type Actor,
  assert,
  type MailAccountId,
  type MailboxId,
  type MessageId,
  newId,
  type ThreadId,
} from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { allFlagBits, checkKeywords, type MessageFlags } from "./flags.ts";
import type { IngestedMessage } from "./ingest-message.ts";
import { mailboxLimits } from "./limits.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import { type AppendedRow, insertMessage, type NewMessage } from "./store-append.ts";
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
  assertMayUse(tx, actor, accountId, "write", input.mailboxIds);
  const mailboxIds = [...new Set(input.mailboxIds)].sort();
  assert(messages.length > 0 && messages.length <= mailboxLimits.appendMax, "an append has 1 to appendMax messages");
  assert(
    mailboxIds.length > 0 && mailboxIds.length <= mailboxLimits.membershipsMax,
    "a message has 1 to membershipsMax places",
  );
  for (const { flags } of messages) checkKeywords(flags.keywords);
  const rows = messages.map((message) => newRow(message, accountId, mailboxIds, services));
  // Sent together: the first holds the account's lock, and each sees what the one before it did.
  const appended = await Promise.all(rows.map((row) => insertMessage(tx, row)));
  const modseq = appended.at(-1)?.modseq ?? 0;
  hintChange(tx, services, accountId, mailboxIds.length === 1 ? mailboxIds[0] : "", modseq);
  tx.afterCommit(() => {
    for (const [at, row] of rows.entries()) keepFacts(services, row, appended[at]);
  });
  return {
    modseq,
    messages: rows.map((row, at) => ({
      messageId: row.id,
      threadId: appended[at]?.threadId ?? row.freshThreadId,
      uids: appended[at]?.places ?? [],
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

function newRow(
  { message, flags, receivedAtMs }: MessageToAppend,
  accountId: MailAccountId,
  mailboxIds: readonly MailboxId[],
  { clock, random }: MailboxServices,
): NewMessage {
  const { index, summary, blob } = message;
  const now = new Date(clock.nowMs());
  return {
    id: newId<MessageId>(clock, random),
    accountId,
    mailboxIds,
    blobId: blob.id,
    sizeBytes: Number(blob.size),
    sha256: blob.sha256,
    receivedAt: receivedAtMs === undefined ? now : new Date(boundedDate(receivedAtMs)),
    savedAt: now,
    freshThreadId: newId<ThreadId>(clock, random),
    summary,
    indexJson: JSON.stringify(index),
    parser: index.version,
    envelopeWire: formatEnvelope(index.envelope),
    structureWire: formatBodyStructure(index.structure, true),
    header: message.header,
    flags: { bits: flags.bits & allFlagBits, keywords: flags.keywords },
    references: threadKeys(summary.links, summary.baseSubject),
  };
}

/** A message that came is fetched soon, by programs that wait for it: what they ask first is kept ready. */
function keepFacts({ facts }: MailboxServices, row: NewMessage, appended: AppendedRow | undefined): void {
  for (const { mailboxId, uid } of appended?.places ?? [])
    facts?.keep(mailboxId, {
      uid,
      blobId: row.blobId,
      sizeBytes: row.sizeBytes,
      internalDateMs: row.receivedAt.getTime(),
      savedDateMs: row.savedAt.getTime(),
      emailId: row.id,
      threadId: appended?.threadId ?? row.freshThreadId,
      preview: row.summary.preview,
      envelope: { wire: row.envelopeWire },
      bodyStructure: { wire: row.structureWire },
      ...(row.header ? { header: row.header } : {}),
    });
}

const boundedDate = (ms: number): number =>
  Math.min(Math.max(ms, mailboxLimits.receivedAtMsMin), mailboxLimits.receivedAtMsMax);
