// RFC 9051 §6.4.4 RETURN and ESEARCH, RFC 5267 ESORT and contexts, RFC 9394 PARTIAL
import { quoted } from "../search-contexts.ts";
import type { Cursor } from "../syntax/cursor.ts";
import { formatOrderedSet, formatSet } from "../syntax/sequence-set.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";

export type ReturnOption = "MIN" | "MAX" | "ALL" | "COUNT" | "SAVE" | "PARTIAL" | "UPDATE" | "CONTEXT";

/** Places in a result, from 1; negative ones count from its end. Both have the same sign. */
export interface PartialRange {
  readonly from: number;
  readonly to: number;
}

export interface ReturnRequest {
  readonly options: ReadonlySet<ReturnOption>;
  readonly partial: PartialRange | null;
}

export const returnAll: ReturnRequest = { options: new Set<ReturnOption>(["ALL"]), partial: null };

/** CONTEXT is a hint, of which nothing is made (RFC 5267 §4.2). */
const words: ReadonlySet<string> = new Set<ReturnOption>([
  "MIN",
  "MAX",
  "ALL",
  "COUNT",
  "SAVE",
  "PARTIAL",
  "UPDATE",
  "CONTEXT",
]);

/** RETURN ( … ); an empty list means ALL. Null when the client wants the old response. The cursor stands behind a space. */
export function parseReturn(cursor: Cursor): ReturnRequest | null {
  if (!cursor.takeWord("RETURN")) return null;
  cursor.space();
  const options = new Set<ReturnOption>();
  let partial: PartialRange | null = null;
  cursor.list(
    () => {
      const word = cursor.word("a return option");
      if (!words.has(word)) throw new SyntaxFailure("Unknown return option");
      if (word === "PARTIAL") {
        if (partial) throw new SyntaxFailure("PARTIAL comes once");
        cursor.space();
        partial = parsePartialRange(cursor);
      }
      options.add(word as ReturnOption);
    },
    10,
    true,
  );
  cursor.space();
  if (partial && options.has("ALL")) throw new SyntaxFailure("PARTIAL and ALL exclude each other");
  return options.size === 0 ? returnAll : { options, partial };
}

/** `1:100` or `-1:-100` (RFC 9394 §3). */
export function parsePartialRange(cursor: Cursor): PartialRange {
  const number = (): number => (cursor.take("-") ? -cursor.nonZeroNumber() : cursor.nonZeroNumber());
  const one = number();
  cursor.expect(":");
  const other = number();
  if (one < 0 !== other < 0) throw new SyntaxFailure("Both ends of PARTIAL have the same sign");
  const [from, to] = Math.abs(one) <= Math.abs(other) ? [one, other] : [other, one];
  return { from, to };
}

/** Indexes of a result of this length that a range names: from, up to but without to. */
export function windowOf({ from, to }: PartialRange, length: number): readonly [from: number, to: number] {
  if (from > 0) return [Math.min(from - 1, length), Math.min(to, length)];
  return [Math.max(0, length + to), Math.max(0, length + from + 1)];
}

export interface ExtendedResult {
  readonly tag: string;
  readonly uid: boolean;
  /** Sequence numbers or UIDs, in the order of the answer. */
  readonly numbers: Uint32Array;
  /** The order means something (SORT): it is kept. */
  readonly isOrdered: boolean;
  /** `MAILBOX name UIDVALIDITY number`, where the answer must say (RFC 7377 §2.1). */
  readonly mailbox?: string;
}

/** `* ESEARCH …` without what follows it; null when nothing but SAVE was asked. */
export function formatExtended({ options, partial }: ReturnRequest, result: ExtendedResult): string | null {
  if (options.size === 1 && options.has("SAVE")) return null;
  const { numbers, isOrdered } = result;
  const format = isOrdered ? formatOrderedSet : formatSet;
  const mailbox = result.mailbox === undefined ? "" : ` ${result.mailbox}`;
  const parts = [`(TAG ${quoted(result.tag)}${mailbox})`];
  if (result.uid) parts.push("UID");
  if (numbers.length > 0) {
    if (options.has("MIN")) parts.push(`MIN ${numbers[0]}`);
    if (options.has("MAX")) parts.push(`MAX ${numbers[numbers.length - 1]}`);
    if (options.has("ALL")) parts.push(`ALL ${format(numbers)}`);
  }
  if (partial) {
    const shown = numbers.subarray(...windowOf(partial, numbers.length));
    parts.push(`PARTIAL (${partial.from}:${partial.to} ${shown.length === 0 ? "NIL" : format(shown)})`);
  }
  if (options.has("COUNT")) parts.push(`COUNT ${numbers.length}`);
  return `* ESEARCH ${parts.join(" ")}`;
}
