import type { MailAccountId, MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

/**
 * Memberships packed for the wire: 54 bytes each, UID (4), flags (2), received in microseconds since 2000 (8), size (8),
 * message (16), thread (16), big endian, ascending by UID.
 */
export const listedRowBytes = 54;

export interface ListedRows {
  readonly packed: Buffer;
  /** Only of messages that have keywords; ascending by UID. */
  readonly keywords: readonly { readonly uid: number; readonly keywords: readonly string[] }[];
}

export interface ListingLook extends ListedRows {
  /** What the rows are: those that changed since; all; or nothing, because it is too much to tell at once. */
  readonly reach: "since" | "all" | "none";
  /** What is told is committed: the transaction that asks has changed nothing. */
  readonly isPure: boolean;
  readonly epoch: number;
  readonly uidValidity: number;
  readonly highestModseq: number;
  /** Messages in the mailbox. */
  readonly total: number;
  /** UIDs that went since. */
  readonly gone: readonly number[];
}

interface PackedRow {
  readonly packed: Buffer | null;
  readonly labelled: readonly { readonly u: number; readonly k: readonly string[] }[] | null;
}

/** What is told at once: at most so many rows, and about so many bytes of keywords. */
export interface ListingPage {
  readonly rowsAtOnce: number;
  readonly labelBytesMax: number;
}

/** What changed in a mailbox of the account after a modseq, a page at most, at one instant; −1: all. Null when it is not there. */
export async function selectListing(
  tx: TenantTx,
  { accountId, mailboxId }: { readonly accountId: MailAccountId; readonly mailboxId: MailboxId },
  afterModseq: number,
  { rowsAtOnce, labelBytesMax }: ListingPage,
): Promise<ListingLook | null> {
  const [row] = await tx.sql<
    (PackedRow & Omit<ListingLook, keyof ListedRows | "gone"> & { readonly gone: number[] | null })[]
  >`select l.reach, l.is_pure as "isPure", l.epoch, l.uidvalidity as "uidValidity", l.highest_modseq::float8 as "highestModseq",
      l.total, l.gone, l.packed, l.labelled
    from mailbox_list(${tx.tenantId}, ${accountId}, ${mailboxId}, ${afterModseq}::bigint, ${rowsAtOnce}::int, ${labelBytesMax}::int) l`;
  return row === undefined ? null : { ...row, ...toRows(row), gone: row.gone ?? [] };
}

/** The next rows of a mailbox behind a UID, a page at most; none when there are no more. */
export async function selectListedRows(
  tx: TenantTx,
  mailboxId: MailboxId,
  afterUid: number,
  { rowsAtOnce, labelBytesMax }: ListingPage,
): Promise<ListedRows> {
  const [row] = await tx.sql<PackedRow[]>`select l.packed, l.labelled
    from mailbox_list_rows(${tx.tenantId}, ${mailboxId}, null, ${afterUid}::int, ${rowsAtOnce}::int, ${labelBytesMax}::int) l`;
  return toRows(row ?? { packed: null, labelled: null });
}

const toRows = ({ packed, labelled }: PackedRow): ListedRows => ({
  packed: packed ?? Buffer.alloc(0),
  keywords: (labelled ?? []).map(({ u, k }) => ({ uid: u, keywords: k })),
});
