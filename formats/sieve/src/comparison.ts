import { firstString } from "./check.ts";
import type { Argument } from "./syntax.ts";
import type { Work } from "./work.ts";

export type MatchType = "is" | "contains" | "matches" | "count" | "value";

/** How a test compares (RFC 5228 §2.7, RFC 5231). */
export interface Comparison {
  readonly type: MatchType;
  readonly comparator: string;
  /** Of `:count` and `:value`. */
  readonly relation: string;
}

export function comparisonOf(tags: ReadonlyMap<string, Argument | true>): Comparison {
  const comparator = firstString(tags.get("comparator")) ?? "i;ascii-casemap";
  const count = firstString(tags.get("count"));
  const value = firstString(tags.get("value"));
  if (count !== null) return { type: "count", comparator, relation: count.toLowerCase() };
  if (value !== null) return { type: "value", comparator, relation: value.toLowerCase() };
  const type = tags.has("contains") ? "contains" : tags.has("matches") ? "matches" : "is";
  return { type, comparator, relation: "eq" };
}

/**
 * True when any value fits any key. `onMatch` hears the whole value and what each wildcard stood for (RFC 5229 §3.2).
 * @throws RunFailure when the work is too much.
 */
export function matches(
  values: readonly string[],
  keys: readonly string[],
  comparison: Comparison,
  work: Work,
  onMatch?: (captures: readonly string[]) => void,
): boolean {
  const { type, comparator, relation } = comparison;
  if (type === "count") return keys.some((key) => holds(compareNumbers(String(values.length), key), relation));
  const fold = foldOf(comparator);
  for (const value of values)
    for (const key of keys) {
      if (type === "matches") {
        const captures = glob(value, key, fold, work);
        if (captures === null) continue;
        onMatch?.(captures);
        return true;
      }
      work.spend(Math.min(value.length, type === "contains" ? value.length : key.length) + 1);
      if (type === "contains" ? fold(value).includes(fold(key)) : holds(order(value, key, comparator, fold), relation))
        return true;
    }
  return false;
}

type Fold = (text: string) => string;

function foldOf(comparator: string): Fold {
  if (comparator === "i;octet") return (text) => text;
  // RFC 5051: title case, then compatibility decomposition; upper case serves as title case.
  if (comparator === "i;unicode-casemap") return (text) => text.toUpperCase().normalize("NFKD");
  return (text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

function order(a: string, b: string, comparator: string, fold: Fold): number {
  if (comparator === "i;ascii-numeric") return compareNumbers(a, b);
  const [left, right] = [fold(a), fold(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

/** RFC 4790 §9.1: leading digits; what begins with none is larger than every number. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => /^\d+/.exec(text)?.[0].replace(/^0+(?=\d)/, "") ?? null);
  if (left === null || right === null || left === undefined || right === undefined)
    return Number(left === null) - Number(right === null);
  if (left.length !== right.length) return left.length - right.length;
  return left === right ? 0 : left < right ? -1 : 1;
}

function holds(sign: number, relation: string): boolean {
  if (relation === "gt") return sign > 0;
  if (relation === "ge") return sign >= 0;
  if (relation === "lt") return sign < 0;
  if (relation === "le") return sign <= 0;
  return relation === "ne" ? sign !== 0 : sign === 0;
}

type Piece = { readonly kind: "star" } | { readonly kind: "any" } | { readonly kind: "char"; readonly char: string };

function piecesOf(pattern: string, fold: Fold): readonly Piece[] {
  const pieces: Piece[] = [];
  let isQuoted = false;
  for (const char of pattern) {
    if (!isQuoted && char === "\\") {
      isQuoted = true;
      continue;
    }
    if (!isQuoted && char === "*") pieces.push({ kind: "star" });
    else if (!isQuoted && char === "?") pieces.push({ kind: "any" });
    else pieces.push({ kind: "char", char: fold(char) });
    isQuoted = false;
  }
  if (isQuoted) pieces.push({ kind: "char", char: "\\" });
  return pieces;
}

/** What each wildcard stood for, after the whole value; null without a match. Stars take as little as they can. */
function glob(value: string, pattern: string, fold: Fold, work: Work): readonly string[] | null {
  const text = [...value];
  const folded = text.map(fold);
  const pieces = piecesOf(pattern, fold);
  work.spend(text.length + pieces.length);
  const starts = new Array<number>(pieces.length);
  let at = 0;
  let piece = 0;
  let star = -1;
  let retry = 0;
  for (;;) {
    work.spend(1);
    const wanted = pieces[piece];
    if (wanted?.kind === "star") {
      star = piece;
      retry = at;
      starts[piece++] = at;
    } else if (wanted === undefined && at === text.length) break;
    else if (wanted !== undefined && at < text.length && (wanted.kind === "any" || wanted.char === folded[at])) {
      starts[piece++] = at++;
    } else if (star >= 0 && retry < text.length) {
      at = ++retry;
      piece = star + 1;
    } else return null;
  }
  const captures = [value];
  for (const [index, { kind }] of pieces.entries()) {
    if (kind === "char") continue;
    const from = starts[index] ?? 0;
    const to = kind === "any" ? from + 1 : (starts[index + 1] ?? text.length);
    captures.push(text.slice(from, to).join(""));
  }
  return captures;
}
