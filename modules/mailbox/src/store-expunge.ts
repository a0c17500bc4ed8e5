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

/** EXPUNGE as one statement (sql/0004_bulk_changes.sql). @throws as `insertMessage`. */
export async function expungeAt(tx: TenantTx, input: ExpungeAt): Promise<ExpungedAt> {
  const { list, first, last } = uidArguments(input.uids);
  const [row] = await tx.sql<{ before: bigint; after: bigint; vanished: number[]; elsewhere: boolean }[]>`
    select modseq_before as before, modseq_after as after, vanished, elsewhere from mailbox_expunge(
      ${tx.tenantId}, ${input.accountId}, ${input.mailboxId}, ${list}::int[], ${first}, ${last}, ${input.onlyDeleted}, ${input.now})`.catch(
    explainRefusal,
  );
  assert(row, "an expunge says what it did");
  const { vanished, elsewhere } = row;
  return { vanished, elsewhere, modseqBefore: Number(row.before), modseqAfter: Number(row.after) };
}
