import { flagBits } from "../flag-table.ts";
import type { ImapLimits } from "../limits.ts";
import type { SearchQuery } from "../search-query.ts";
import type { Cursor } from "./cursor.ts";
import { parseDay } from "./date.ts";
import { parseSequenceSet, type SequenceSet } from "./sequence-set.ts";
import { SyntaxFailure } from "./syntax-failure.ts";

/** A SEARCH key as written; what needs the session is not resolved yet. */
export type ParsedKey =
  | Exclude<SearchQuery, { kind: "and" } | { kind: "or" } | { kind: "not" } | { kind: "uids" } | { kind: "instant" }>
  | { readonly kind: "and" | "or"; readonly keys: readonly ParsedKey[] }
  | { readonly kind: "not"; readonly key: ParsedKey }
  | { readonly kind: "sequence"; readonly set: SequenceSet }
  | { readonly kind: "uid_set"; readonly set: SequenceSet }
  | { readonly kind: "recent" }
  /** YOUNGER and OLDER (RFC 5032). */
  | { readonly kind: "age"; readonly is: "younger" | "older"; readonly seconds: number };

const flagKeys: Readonly<Record<string, number>> = {
  SEEN: flagBits.seen,
  ANSWERED: flagBits.answered,
  FLAGGED: flagBits.flagged,
  DELETED: flagBits.deleted,
  DRAFT: flagBits.draft,
};

const days: Readonly<Record<string, ["internal" | "sent" | "saved", "before" | "on" | "since"]>> = {
  BEFORE: ["internal", "before"],
  ON: ["internal", "on"],
  SINCE: ["internal", "since"],
  SENTBEFORE: ["sent", "before"],
  SENTON: ["sent", "on"],
  SENTSINCE: ["sent", "since"],
  SAVEDBEFORE: ["saved", "before"],
  SAVEDON: ["saved", "on"],
  SAVEDSINCE: ["saved", "since"],
};

const headers: ReadonlySet<string> = new Set(["FROM", "TO", "CC", "BCC", "SUBJECT"]);

/** Parses SEARCH keys up to the end of the command; several mean AND (RFC 9051 §6.4.4). */
export class SearchParser {
  readonly #cursor: Cursor;
  readonly #limits: ImapLimits;
  readonly #decode: (binary: string) => string;
  #keys = 0;

  constructor(cursor: Cursor, limits: ImapLimits, decode: (binary: string) => string) {
    this.#cursor = cursor;
    this.#limits = limits;
    this.#decode = decode;
  }

  parse(): ParsedKey {
    const keys = [this.#key(0)];
    while (!this.#cursor.atEnd) {
      this.#cursor.space();
      if (this.#cursor.atEnd) break;
      keys.push(this.#key(0));
    }
    const [only] = keys;
    return keys.length === 1 && only ? only : { kind: "and", keys };
  }

  #key(depth: number): ParsedKey {
    if (depth > this.#limits.searchDepth) throw new SyntaxFailure("SEARCH is nested too deep");
    if (++this.#keys > this.#limits.searchKeys) throw new SyntaxFailure("SEARCH has too many keys");
    const cursor = this.#cursor;
    const next = cursor.peek();
    if (next === "(") return { kind: "and", keys: cursor.list(() => this.#key(depth + 1), this.#limits.searchKeys) };
    if (/[\d*$]/.test(next)) return { kind: "sequence", set: parseSequenceSet(cursor.sequenceText()) };
    const name = cursor.word("a SEARCH key");
    return this.#simple(name) ?? this.#withArgument(name, depth);
  }

  #simple(name: string): ParsedKey | null {
    // Every mailbox here keeps when a message came into it (RFC 8514 §4.3).
    if (name === "ALL" || name === "SAVEDATESUPPORTED") return { kind: "all" };
    if (name === "RECENT") return { kind: "recent" };
    if (name === "OLD") return { kind: "not", key: { kind: "recent" } };
    if (name === "NEW") {
      return { kind: "and", keys: [{ kind: "recent" }, { kind: "not", key: { kind: "flag", bit: flagBits.seen } }] };
    }
    const bit = flagKeys[name];
    if (bit !== undefined) return { kind: "flag", bit };
    const negated = name.startsWith("UN") ? flagKeys[name.slice(2)] : undefined;
    return negated === undefined ? null : { kind: "not", key: { kind: "flag", bit: negated } };
  }

  #withArgument(name: string, depth: number): ParsedKey {
    const cursor = this.#cursor;
    cursor.space();
    const day = days[name];
    if (day) return { kind: "day", field: day[0], is: day[1], day: parseDay(cursor.astring("a date")) };
    if (headers.has(name)) return { kind: "header", name: name.toLowerCase(), value: this.#text() };
    switch (name) {
      case "UID":
        return { kind: "uid_set", set: parseSequenceSet(cursor.sequenceText()) };
      case "NOT":
        return { kind: "not", key: this.#key(depth + 1) };
      case "OR": {
        const first = this.#key(depth + 1);
        cursor.space();
        return { kind: "or", keys: [first, this.#key(depth + 1)] };
      }
      case "KEYWORD":
        return { kind: "keyword", keyword: cursor.atom("a keyword") };
      case "UNKEYWORD":
        return { kind: "not", key: { kind: "keyword", keyword: cursor.atom("a keyword") } };
      case "HEADER": {
        const field = cursor.astring("a header field").toLowerCase();
        cursor.space();
        return { kind: "header", name: field, value: this.#text() };
      }
      case "BODY":
        return { kind: "body", value: this.#text() };
      case "TEXT":
        return { kind: "text", value: this.#text() };
      case "LARGER":
        return { kind: "size", is: "larger", bytes: cursor.number(2 ** 53) };
      case "SMALLER":
        return { kind: "size", is: "smaller", bytes: cursor.number(2 ** 53) };
      case "YOUNGER":
        return { kind: "age", is: "younger", seconds: cursor.nonZeroNumber() };
      case "OLDER":
        return { kind: "age", is: "older", seconds: cursor.nonZeroNumber() };
      case "MODSEQ":
        return this.#modseq();
      case "EMAILID":
        return { kind: "emailid", id: cursor.atom("an EMAILID") };
      case "THREADID":
        return { kind: "threadid", id: cursor.atom("a THREADID") };
    }
    throw new SyntaxFailure("Unknown SEARCH key");
  }

  #text(): string {
    return this.#decode(this.#cursor.astring("a search text"));
  }

  /** RFC 7162 §3.1.5: an entry name and type may stand before the value; all metadata share one modseq here. */
  #modseq(): ParsedKey {
    const cursor = this.#cursor;
    if (cursor.peek() === '"') {
      cursor.string();
      cursor.space();
      if (!/^(?:priv|shared|all)$/i.test(cursor.atom("priv, shared or all")))
        throw new SyntaxFailure("Unknown entry type");
      cursor.space();
    }
    return { kind: "modseq", atLeast: cursor.modseq() };
  }
}
