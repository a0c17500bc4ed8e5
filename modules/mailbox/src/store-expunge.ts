import { assert, type MailAccountId, type MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { explainRefusal } from "./refusals.ts";
import { uidArguments } from "./uid-filter.ts";

export interface ExpungeAt {
  readonly accountId: MailAccountId;
  readonly mailboxId: MailboxId;
  /** Ascending; null: all of the mailbox. */
  readonly uids: ArrayLike<number> | null;
  readonly onlyDeleted: boolean;
  /** The mailbox's modseq as of which `uids` are all that is \Deleted; null when they were asked for one by one. */
  readonly knownModseq: number | null;
  readonly now: Date;
}

export interface ExpungedAt {
  /** UIDs that went, ascending. */
  readonly vanished: readonly number[];
  readonly modseqBefore: number;
  readonly modseqAfter: number;
  /** Messages live on in other mailboxes, which changed too. */
  readonly elsewhere: boolean;
}

/** EXPUNGE as one statement (sql/0008_change_log.sql). @throws as `insertMessage`. */
export async function expungeAt(tx: TenantTx, input: ExpungeAt): Promise<ExpungedAt> {
  const { list, first, last } = uidArguments(input.uids);
  const [row] = await tx.sql<{ before: bigint; after: bigint; vanished: number[]; elsewhere: boolean }[]>`
    select modseq_before as before, modseq_after as after, vanished, elsewhere from mailbox_expunge(
      ${tx.tenantId}, ${input.accountId}, ${input.mailboxId}, ${list}::int[], ${first}, ${last}, ${input.onlyDeleted}, ${input.now},
      ${input.knownModseq}::bigint)`.catch(explainRefusal);
  assert(row, "an expunge says what it did");
  const { vanished, elsewhere } = row;
  return { vanished, elsewhere, modseqBefore: Number(row.before), modseqAfter: Number(row.after) };
}
