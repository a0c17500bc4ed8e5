import type { MessageId, ThreadId } from "@casaforte/kernel";

/** Inclusive ranges, ascending, not overlapping: `[from, to, from, to, …]`. */
export type UidRanges = Uint32Array;

/**
 * A compiled SEARCH (RFC 9051 §6.4.4). Sequence numbers, `*`, `$`, RECENT, NEW and OLD are already turned into UIDs, and
 * YOUNGER and OLDER into instants. Texts are decoded to Unicode; matching is substring without case, on decoded headers
 * and text parts.
 */
export type SearchQuery =
  | { readonly kind: "all" }
  | { readonly kind: "and"; readonly keys: readonly SearchQuery[] }
  | { readonly kind: "or"; readonly keys: readonly SearchQuery[] }
  | { readonly kind: "not"; readonly key: SearchQuery }
  | { readonly kind: "uids"; readonly ranges: UidRanges }
  /** System flag by bit of `flagBits`. */
  | { readonly kind: "flag"; readonly bit: number }
  /** Keyword, compared without case. */
  | { readonly kind: "keyword"; readonly keyword: string }
  /** Header field by lower-case name; an empty value asks for presence. FROM, TO, CC, BCC and SUBJECT come as this. */
  | { readonly kind: "header"; readonly name: string; readonly value: string }
  /** Decoded body text without headers. */
  | { readonly kind: "body"; readonly value: string }
  /** Headers or body. */
  | { readonly kind: "text"; readonly value: string }
  /**
   * A date without time and zone. `day` is days since 1970-01-01. `internal` compares the day of INTERNALDATE in UTC,
   * `sent` the day written in the Date header (its own zone ignored; messages without one match nothing), `saved` the
   * day the message came into this mailbox.
   */
  | {
      readonly kind: "day";
      readonly field: "internal" | "sent" | "saved";
      readonly is: "before" | "on" | "since";
      readonly day: number;
    }
  /** INTERNALDATE at or after (`since`) or before the instant. */
  | { readonly kind: "instant"; readonly is: "before" | "since"; readonly ms: number }
  /** Strictly larger or smaller. */
  | { readonly kind: "size"; readonly is: "larger" | "smaller"; readonly bytes: number }
  | { readonly kind: "modseq"; readonly atLeast: number }
  | { readonly kind: "emailid"; readonly id: MessageId | string }
  | { readonly kind: "threadid"; readonly id: ThreadId | string };

export type SortCriterion = {
  readonly by: "arrival" | "cc" | "date" | "from" | "size" | "subject" | "to" | "displayfrom" | "displayto";
  readonly reverse: boolean;
};

/** THREAD answer (RFC 5256 §4): a node without a UID stands for a missing parent. */
export interface ThreadNode {
  readonly uid: number | null;
  readonly children: readonly ThreadNode[];
}
