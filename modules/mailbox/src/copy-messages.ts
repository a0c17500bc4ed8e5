import {
  type Actor,
  assert,
  Failure,
  type MailAccountId,
  type MailboxId,
  type MessageId,
  newId,
} from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { flagBits } from "./flags.ts";
import { lockedMailbox, noSuchMailbox } from "./locked-account.ts";
import { noteJunkMove } from "./note-junk.ts";
import { removeFromMailbox } from "./remove-messages.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import { chargeAccount, takeUids } from "./store-append.ts";
import { stepAccount, stepMailboxes, touchSurvivors } from "./store-changes.ts";
import { insertCopies, moveMemberships, type SourceRow, selectSource, selectUidsOf } from "./store-copy.ts";

export interface CopyInput {
  readonly accountId: MailAccountId;
  readonly source: MailboxId;
  readonly uids: ArrayLike<number>;
  readonly target: MailboxId;
}

export interface CopyResult {
  readonly uidvalidity: number;
  /** Ascending; messages that were gone are left out. */
  readonly sourceUids: readonly number[];
  /** In the same order, ascending too. */
  readonly targetUids: readonly number[];
  /** Of the source mailbox; equal to each other for a copy elsewhere. */
  readonly modseqBefore: number;
  readonly modseqAfter: number;
}

/**
 * Copies messages to a mailbox of the account, all or none. Each copy is a new message that shares the bytes; it counts
 * against the quota. @throws not_found `mailbox.not_found`, over_quota `mailbox.over_quota`.
 */
export async function copyMessages(
  tx: TenantTx,
  actor: Actor,
  input: CopyInput,
  services: MailboxServices,
): Promise<CopyResult> {
  const { accountId, source, target } = input;
  const { account, mailbox, rows } = await lockSource(tx, actor, input);
  if (rows.length === 0) return nothing(tx, input, mailbox.highestModseq);
  const { count, unseen, bytes } = sums(rows);
  // Sent together: the account is locked, so neither can be refused for what the other did.
  const [charged, [taken]] = await Promise.all([
    chargeAccount(tx, { accountId, bytes, messages: count }),
    takeUids(tx, accountId, [target], { count, unseen, bytes }),
  ]);
  if (!charged)
    throw new Failure("over_quota", "mailbox.over_quota", "the mail account is full", {
      details: { usedBytes: account.usedBytes, quotaBytes: account.quotaBytes ?? 0, neededBytes: bytes },
    });
  if (!taken) throw noSuchMailbox();
  const sourceUids = rows.map((row) => row.uid);
  const messageIds = rows.map(() => newId<MessageId>(services.clock, services.random));
  const savedAt = new Date(services.clock.nowMs());
  await insertCopies(tx, {
    accountId,
    source,
    target,
    sourceUids,
    messageIds,
    firstUid: taken.firstUid,
    modseq: charged.modseq,
    savedAt,
  });
  await noteJunkMove(tx, services, { accountId, left: [source], entered: [target], messageIds });
  hintChange(tx, services, accountId, target);
  const after = source === target ? charged.modseq : mailbox.highestModseq;
  return result(taken, sourceUids, { before: mailbox.highestModseq, after });
}

/**
 * Moves messages (RFC 6851): they keep their ids, get new UIDs and leave tombstones. A target equal to the source gives
 * new UIDs. A message that lies in the target already gets a new UID there. @throws not_found `mailbox.not_found`.
 */
export async function moveMessages(
  tx: TenantTx,
  actor: Actor,
  input: CopyInput,
  services: MailboxServices,
): Promise<CopyResult> {
  const { accountId, source, target } = input;
  const { account, mailbox, rows } = await lockSource(tx, actor, input);
  if (rows.length === 0) return nothing(tx, input, mailbox.highestModseq);
  const messageIds = rows.map((row) => row.messageId);
  const modseq = account.modseq + 1;
  const { count, unseen, bytes } = sums(rows);
  const [, doubled, [taken]] = await Promise.all([
    stepAccount(tx, accountId, { modseq }),
    source === target ? [] : selectUidsOf(tx, target, messageIds),
    takeUids(tx, accountId, [target], { count, unseen, bytes }),
  ]);
  if (!taken) throw noSuchMailbox();
  // The source membership keeps these messages alive, so only places and counters go.
  if (doubled.length > 0) {
    const removed = await removeFromMailbox(tx, accountId, target, doubled, modseq, services);
    await stepMailboxes(tx, modseq, removed.steps);
  }
  const sourceUids = rows.map((row) => row.uid);
  const savedAt = new Date(services.clock.nowMs());
  const [, touched] = await Promise.all([
    moveMemberships(tx, { source, target, sourceUids, firstUid: taken.firstUid, modseq, savedAt }),
    touchSurvivors(tx, messageIds, modseq),
  ]);
  const elsewhere = touched.filter((id) => id !== source && id !== target);
  await stepMailboxes(tx, modseq, [
    { mailboxId: source, total: -count, unseen: -unseen, bytes: -bytes },
    ...elsewhere.map((mailboxId) => ({ mailboxId, total: 0, unseen: 0, bytes: 0 })),
  ]);
  await noteJunkMove(tx, services, { accountId, left: [source], entered: [target], messageIds });
  hintChange(tx, services, accountId);
  return result(taken, sourceUids, { before: mailbox.highestModseq, after: modseq });
}

async function lockSource(tx: TenantTx, actor: Actor, input: CopyInput) {
  assertMayUse(tx, actor, input.accountId);
  const [locked, rows] = await Promise.all([
    lockedMailbox(tx, input.accountId, input.source),
    selectSource(tx, input.source, input.uids),
  ]);
  return { ...locked, rows };
}

function sums(rows: readonly SourceRow[]) {
  return {
    count: rows.length,
    unseen: rows.filter((row) => (row.flags & flagBits.seen) === 0).length,
    bytes: rows.reduce((sum, row) => sum + row.sizeBytes, 0),
  };
}

function result(
  taken: { readonly firstUid: number; readonly uidvalidity: number },
  sourceUids: readonly number[],
  modseq: { readonly before: number; readonly after: number },
): CopyResult {
  assert(taken.firstUid > 0, "UIDs are positive");
  return {
    uidvalidity: taken.uidvalidity,
    sourceUids,
    targetUids: sourceUids.map((_, index) => taken.firstUid + index),
    modseqBefore: modseq.before,
    modseqAfter: modseq.after,
  };
}

async function nothing(tx: TenantTx, input: CopyInput, modseq: number): Promise<CopyResult> {
  const { mailbox } = await lockedMailbox(tx, input.accountId, input.target);
  return {
    uidvalidity: mailbox.uidvalidity,
    sourceUids: [],
    targetUids: [],
    modseqBefore: modseq,
    modseqAfter: modseq,
  };
}
