import type { Actor, MailAccountId, MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { flagBits } from "./flags.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import {
  deleteMemberships,
  destroyHomeless,
  type MailboxStep,
  type RemovedMembership,
  touchSurvivors,
} from "./store-changes.ts";
import { expungeAt } from "./store-expunge.ts";

export interface ExpungeInput {
  readonly accountId: MailAccountId;
  readonly mailboxId: MailboxId;
  /** Null: all of the mailbox. */
  readonly uids: ArrayLike<number> | null;
  /** IMAP: only messages with \Deleted. POP3 and JMAP: all of them. */
  readonly onlyDeleted: boolean;
  /**
   * `uids` are all that is \Deleted as of this modseq of the mailbox. If it has moved on, the mailbox is read instead.
   * Absent: `uids` are what is asked.
   */
  readonly knownModseq?: number;
}

export interface ExpungeResult {
  /** UIDs that went, ascending. */
  readonly vanished: readonly number[];
  readonly modseqBefore: number;
  readonly modseqAfter: number;
}

/**
 * Takes messages out of a mailbox for good (RFC 9051 §6.4.3, RFC 4315). A message that lies nowhere else is destroyed;
 * its bytes stay for a grace, since other sessions may be reading them. One statement: it may be a transaction of one trip.
 * @throws not_found `mailbox.not_found`.
 */
export async function expunge(
  tx: TenantTx,
  actor: Actor,
  input: ExpungeInput,
  services: MailboxServices,
): Promise<ExpungeResult> {
  const { accountId, mailboxId, uids, onlyDeleted } = input;
  assertMayUse(tx, actor, accountId, "write", [mailboxId]);
  const now = new Date(services.clock.nowMs());
  const knownModseq = input.knownModseq ?? null;
  const { elsewhere, ...result } = await expungeAt(tx, { accountId, mailboxId, uids, onlyDeleted, knownModseq, now });
  if (result.vanished.length > 0) hintChange(tx, services, accountId, elsewhere ? "" : mailboxId, result.modseqAfter);
  return result;
}

export interface Removed {
  readonly messages: number;
  readonly bytes: number;
  readonly steps: readonly MailboxStep[];
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
