import type { Invariant, TenantTx } from "@casaforte/platform/db";
import {
  findAccountSums,
  findBrokenPlaces,
  findContentFaults,
  findHeldWithoutBytes,
  findMailboxCounts,
  findModseqFaults,
  findStrayRows,
  findUnequalFlags,
} from "./store-invariants.ts";

const claim = (name: string, find: (tx: TenantTx) => Promise<readonly string[]>): Invariant => ({ name, check: find });

/** What must hold of every tenant's mail between any two transactions. */
export const invariants: readonly Invariant[] = [
  claim("mailbox.uid_below_uidnext", findBrokenPlaces),
  claim("mailbox.counts_equal_rows", findMailboxCounts),
  claim("mailbox.account_sums_equal_rows", findAccountSums),
  claim("mailbox.modseq_at_most_counter", findModseqFaults),
  claim("mailbox.message_has_place_and_account", findStrayRows),
  claim("mailbox.message_has_content", findContentFaults),
  claim("mailbox.held_has_content", findHeldWithoutBytes),
  claim("mailbox.flags_equal_in_all_places", findUnequalFlags),
];
