import { type Actor, assert, type MailAccountId, type MailboxId, type MessageId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import {
  allFlagBits,
  canonicalKeywords,
  checkKeywords,
  checkKeywordsGrown,
  flagBits,
  type MessageFlags,
} from "./flags.ts";
import { lockedAccount } from "./locked-account.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import { addAccountKeywords } from "./store-append.ts";
import { type FlagChange, type MembershipRow, stepAccount, stepMailboxes, updateFlags } from "./store-changes.ts";
import { type PackedMemberships, updateFlagsAt } from "./store-flags-at.ts";

export type FlagOperation = "add" | "remove" | "replace";

export interface StoreFlagsInput {
  readonly accountId: MailAccountId;
  readonly mailboxId: MailboxId;
  /** Null: every message of the mailbox. */
  readonly uids: ArrayLike<number> | null;
  readonly operation: FlagOperation;
  readonly flags: MessageFlags;
  /** Change only messages whose modseq is at most this (RFC 7162 §3.1.3). */
  readonly unchangedSince?: number;
}

export interface StoreFlagsResult {
  /** Every message addressed, still there and not refused; those that did not change keep their modseq. */
  readonly stored: PackedMemberships;
  /** Refused by `unchangedSince`. */
  readonly modified: readonly number[];
  /** No change to the mailbox lies between these two but this one; equal when nothing changed. */
  readonly modseqBefore: number;
  readonly modseqAfter: number;
}

/**
 * Changes flags and keywords; a message that already has them keeps its modseq (RFC 7162 §3.1.3). Flags belong to the
 * message, so each of its places in other mailboxes changes with it. One statement: it may be a transaction of one trip.
 * @throws not_found `mailbox.not_found`, invalid `mailbox.keyword`, `mailbox.too_many_keywords`.
 */
export async function storeFlags(
  tx: TenantTx,
  actor: Actor,
  input: StoreFlagsInput,
  services: MailboxServices,
): Promise<StoreFlagsResult> {
  const { accountId, mailboxId, operation, flags } = input;
  assertMayUse(tx, actor, accountId, "write", [mailboxId]);
  if (operation !== "remove") checkKeywords(flags.keywords);
  const { elsewhere, ...result } = await updateFlagsAt(tx, {
    accountId,
    mailboxId,
    uids: input.uids,
    ...bitsOf(operation, flags.bits & allFlagBits),
    mode: operation,
    keywords: flags.keywords,
    unchangedSince: input.unchangedSince ?? null,
  });
  if (result.modseqAfter > result.modseqBefore)
    hintChange(tx, services, accountId, elsewhere ? "" : mailboxId, result.modseqAfter);
  return result;
}

const bitsOf = (operation: FlagOperation, bits: number) => ({
  keep: operation === "add" ? allFlagBits : operation === "remove" ? allFlagBits & ~bits : 0,
  set: operation === "remove" ? 0 : bits,
});

export interface StoreMessageFlagsInput {
  readonly accountId: MailAccountId;
  /** Rows as read under the account's lock, one for each message. */
  readonly rows: readonly (MembershipRow & { readonly mailboxId: MailboxId })[];
  readonly operation: FlagOperation;
  readonly flags: MessageFlags;
}

/**
 * The same for messages wherever they lie (JMAP); the caller read one membership of each after `lockAccount`. Whatever is
 * refused is refused before anything is written. @throws as `storeFlags`.
 */
export async function storeMessageFlags(
  tx: TenantTx,
  actor: Actor,
  input: StoreMessageFlagsInput,
  services: MailboxServices,
): Promise<{ readonly changed: readonly MessageId[]; readonly modseq: number }> {
  const places = input.rows.map(({ mailboxId }) => mailboxId);
  assertMayUse(tx, actor, input.accountId, "write", places);
  const account = await lockedAccount(tx, input.accountId);
  const change = new FlagArithmetic(input.operation, input.flags, account.keywords);
  const changed = input.rows.filter((row) => change.apply(row) !== row);
  if (changed.length === 0) return { changed: [], modseq: account.modseq };
  for (const row of changed) checkKeywordsGrown(row.keywords.length, change.apply(row).keywords.length);
  await writeFlags(tx, input.accountId, changed, change, account.modseq + 1);
  hintChange(tx, services, input.accountId);
  return { changed: changed.map((row) => row.messageId), modseq: account.modseq + 1 };
}

/** Returns in how many mailboxes messages changed. */
async function writeFlags(
  tx: TenantTx,
  accountId: MailAccountId,
  changed: readonly MembershipRow[],
  change: FlagArithmetic,
  modseq: number,
): Promise<number> {
  const places = await updateFlags(tx, { ...change.update, messageIds: changed.map((row) => row.messageId), modseq });
  const unseenSteps = new Map(
    changed.map((row) => [row.messageId, unseenOf(change.apply(row).flags) - unseenOf(row.flags)]),
  );
  const steps = new Map<MailboxId, number>();
  for (const { mailboxId, messageId } of places)
    steps.set(mailboxId, (steps.get(mailboxId) ?? 0) + (unseenSteps.get(messageId) ?? 0));
  assert(places.length >= changed.length, "a message whose flags change has its places");
  await Promise.all([
    stepMailboxes(
      tx,
      modseq,
      [...steps].map(([mailboxId, unseen]) => ({ mailboxId, unseen, total: 0, bytes: 0 })),
    ),
    stepAccount(tx, accountId, { modseq }),
    addAccountKeywords(tx, accountId, change.fresh),
  ]);
  return steps.size;
}

const unseenOf = (bits: number): number => ((bits & flagBits.seen) === 0 ? 1 : 0);

/** What a STORE does to one message, here and in SQL alike. */
class FlagArithmetic {
  readonly update: Omit<FlagChange, "messageIds" | "modseq">;
  readonly fresh: readonly string[];
  readonly #values: readonly string[];

  constructor(operation: FlagOperation, flags: MessageFlags, known: readonly string[]) {
    const bits = flags.bits & allFlagBits;
    // A keyword nobody knows need not be learnt to be taken away.
    const folded = new Set(flags.keywords.map((keyword) => keyword.toLowerCase()));
    const spelled =
      operation === "remove"
        ? { keywords: known.filter((keyword) => folded.has(keyword.toLowerCase())), fresh: [] }
        : canonicalKeywords(flags.keywords, known);
    this.#values = spelled.keywords;
    this.fresh = spelled.fresh;
    const mode = operation === "replace" ? "replace" : this.#values.length === 0 ? "keep" : operation;
    this.update = {
      ...bitsOf(operation, bits),
      keywords: { mode, values: this.#values },
    };
  }

  /** The row itself when nothing changes. */
  apply(row: MembershipRow): MembershipRow {
    const flags = (row.flags & this.update.keep) | this.update.set;
    const keywords = this.#applyKeywords(row.keywords);
    return flags === row.flags && keywords === row.keywords ? row : { ...row, flags, keywords };
  }

  #applyKeywords(before: readonly string[]): readonly string[] {
    const values = this.#values;
    switch (this.update.keywords.mode) {
      case "keep":
        return before;
      case "add":
        return values.every((value) => before.includes(value)) ? before : [...new Set([...before, ...values])].sort();
      case "remove":
        return before.some((value) => values.includes(value))
          ? before.filter((value) => !values.includes(value))
          : before;
      case "replace":
        return before.length === values.length && values.every((value) => before.includes(value)) ? before : values;
    }
  }
}
