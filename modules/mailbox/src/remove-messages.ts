import type { Actor, MailAccountId, MailboxId, MessageId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { flagBits } from "./flags.ts";
import { lockedMailbox } from "./locked-account.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import {
  deleteMemberships,
  destroyHomeless,
  type MailboxStep,
  type RemovedMembership,
  selectMemberships,
  stepAccount,
  stepMailboxes,
  touchSurvivors,
} from "./store-changes.ts";

export interface ExpungeInput {
  readonly accountId: MailAccountId;
  readonly mailboxId: MailboxId;
  /** Null: all of the mailbox. */
  readonly uids: ArrayLike<number> | null;
  /** IMAP: only messages with \Deleted. POP3 and JMAP: all of them. */
  readonly onlyDeleted: boolean;
}

export interface ExpungeResult {
  /** UIDs that went, ascending. */
  readonly vanished: readonly number[];
  readonly modseqBefore: number;
  readonly modseqAfter: number;
}

/**
 * Takes messages out of a mailbox for good (RFC 9051 §6.4.3, RFC 4315). A message that lies nowhere else is destroyed;
 * its bytes stay for a grace, since other sessions may be reading them. @throws not_found `mailbox.not_found`.
 */
export async function expunge(
  tx: TenantTx,
  actor: Actor,
  input: ExpungeInput,
  services: MailboxServices,
): Promise<ExpungeResult> {
  assertMayUse(tx, actor, input.accountId);
  const [{ account, mailbox }, rows] = await Promise.all([
    lockedMailbox(tx, input.accountId, input.mailboxId),
    selectMemberships(tx, input.mailboxId, input.uids),
  ]);
  const doomed = rows.filter((row) => !input.onlyDeleted || (row.flags & flagBits.deleted) !== 0);
  const uids = doomed.map((row) => row.uid);
  const modseqBefore = mailbox.highestModseq;
  if (uids.length === 0) return { vanished: [], modseqBefore, modseqAfter: modseqBefore };
  const modseq = account.modseq + 1;
  const messageIds = doomed.map((row) => row.messageId);
  const removed = await removeKnown(tx, { ...input, uids, messageIds, modseq }, services);
  await Promise.all([
    stepMailboxes(tx, modseq, removed.steps),
    stepAccount(tx, input.accountId, { modseq, bytes: -removed.bytes, messages: -removed.messages }),
  ]);
  hintChange(tx, services, input.accountId, input.mailboxId);
  return { vanished: uids, modseqBefore, modseqAfter: modseq };
}

export interface Removed {
  readonly messages: number;
  readonly bytes: number;
  readonly steps: readonly MailboxStep[];
}

interface KnownRemoval {
  readonly accountId: MailAccountId;
  readonly mailboxId: MailboxId;
  readonly uids: readonly number[];
  /** Of these UIDs, as read under the account's lock. */
  readonly messageIds: readonly MessageId[];
  readonly modseq: number;
}

/** As `removeFromMailbox` where the messages are known: all in one trip. */
async function removeKnown(tx: TenantTx, removal: KnownRemoval, services: MailboxServices): Promise<Removed> {
  const { accountId, mailboxId, uids, messageIds, modseq } = removal;
  const now = new Date(services.clock.nowMs());
  const [gone, dead, survivors] = await Promise.all([
    deleteMemberships(tx, mailboxId, uids, modseq),
    destroyHomeless(tx, accountId, messageIds, modseq, now),
    touchSurvivors(tx, messageIds, modseq),
  ]);
  return { ...dead, steps: stepsOf(mailboxId, gone, survivors) };
}

/** Memberships out, tombstones in, homeless messages destroyed; the caller writes the counters. */
export async function removeFromMailbox(
  tx: TenantTx,
  accountId: MailAccountId,
  mailboxId: MailboxId,
  uids: ArrayLike<number>,
  modseq: number,
  services: MailboxServices,
): Promise<Removed> {
  const gone = await deleteMemberships(tx, mailboxId, uids, modseq);
  const messageIds = gone.map((row) => row.messageId);
  const now = new Date(services.clock.nowMs());
  const [dead, survivors] = await Promise.all([
    destroyHomeless(tx, accountId, messageIds, modseq, now),
    touchSurvivors(tx, messageIds, modseq),
  ]);
  return { ...dead, steps: stepsOf(mailboxId, gone, survivors) };
}

function stepsOf(
  mailboxId: MailboxId,
  gone: readonly RemovedMembership[],
  survivors: readonly MailboxId[],
): readonly MailboxStep[] {
  const own: MailboxStep = {
    mailboxId,
    total: -gone.length,
    unseen: -gone.filter((row) => (row.flags & flagBits.seen) === 0).length,
    bytes: -gone.reduce((sum, row) => sum + row.sizeBytes, 0),
  };
  const others = survivors
    .filter((id) => id !== mailboxId)
    .map((id) => ({ mailboxId: id, total: 0, unseen: 0, bytes: 0 }));
  return [own, ...others];
}
