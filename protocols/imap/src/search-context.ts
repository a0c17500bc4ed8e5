import type { SearchQuery, SortCriterion } from "./search-query.ts";

/** A searching command whose result its client follows (RFC 5267 §4.3). */
export interface SearchContext {
  readonly tag: string;
  /** Told by UID; else by message number. */
  readonly uid: boolean;
  readonly query: SearchQuery;
  /** Null: of SEARCH, whose result has the mailbox's order. */
  readonly program: readonly SortCriterion[] | null;
  /** What the client knows, as UIDs in the order of the result. */
  uids: Uint32Array;
  /** Every change up to here is in it. */
  modseq: number;
}
