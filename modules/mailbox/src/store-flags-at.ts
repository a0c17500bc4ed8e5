import type { MailAccountId, MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import { explainLook } from "./refusals.ts";
import { uidArguments } from "./uid-filter.ts";

/** Memberships packed for the wire; see `packedRowBytes`. */
export interface PackedMemberships {
  readonly packed: Buffer;
  /** Only of messages that have keywords; ascending by UID. */
  readonly keywords: readonly { readonly uid: number; readonly keywords: readonly string[] }[];
}

export interface FlagsAt {
  readonly accountId: MailAccountId;
  readonly mailboxId: MailboxId;
  /** Ascending; null: all of the mailbox. */
  readonly uids: ArrayLike<number> | null;
  readonly keep: number;
  readonly set: number;
  readonly mode: "add" | "remove" | "replace";
  readonly keywords: readonly string[];
  readonly unchangedSince: number | null;
}

/** Greater than every modseq. */
const endless = "9223372036854775807";

/** STORE as one statement (sql/0004_bulk_changes.sql). @throws as `insertMessage`, FlagTableFull. */
export async function updateFlagsAt(
  tx: TenantTx,
  change: FlagsAt,
): Promise<{
  readonly stored: PackedMemberships;
  readonly modified: readonly number[];
  readonly modseqBefore: number;
  readonly modseqAfter: number;
  /** Messages changed in other mailboxes too. */
  readonly elsewhere: boolean;
}> {
  const { list, first, last } = uidArguments(change.uids);
  const [row] = await tx.sql<
    {
      before: bigint;
      after: bigint;
      packed: Buffer | null;
      labelled: { u: number; k: string[] }[] | null;
      modified: number[] | null;
      elsewhere: boolean;
    }[]
  >`select modseq_before as before, modseq_after as after, packed,
      mailbox_labels(labelled, ${mailboxLimits.labelBytesMax}) as labelled, modified, elsewhere from mailbox_store_flags(
      ${tx.tenantId}, ${change.accountId}, ${change.mailboxId}, ${list}::int[], ${first}, ${last}, ${change.keep}, ${change.set},
      ${change.mode}, ${[...change.keywords]}::text[], ${mailboxLimits.keywordsMax}, ${String(change.unchangedSince ?? endless)}::bigint)`.catch(
    explainLook,
  );
  return {
    stored: {
      packed: row?.packed ?? Buffer.alloc(0),
      keywords: (row?.labelled ?? []).map(({ u, k }) => ({ uid: u, keywords: k })),
    },
    modified: row?.modified ?? [],
    modseqBefore: Number(row?.before ?? 0n),
    modseqAfter: Number(row?.after ?? 0n),
    elsewhere: row?.elsewhere ?? false,
  };
}
