import { SyntaxFailure } from "./syntax-failure.ts";

/** `*` in a range: the largest number in use. */
export const star = 0;

/**
 * A sequence set as written: pairs `from, to`, `*` as 0; or `$`, the saved search result (RFC 5182). Numbers are sequence
 * numbers or UIDs, whichever the command says.
 */
export type SequenceSet = { readonly kind: "ranges"; readonly pairs: readonly number[] } | { readonly kind: "saved" };

const rangePattern = /^(\*|[1-9]\d{0,9})(?::(\*|[1-9]\d{0,9}))?$/;

/** Parses `1:4,7,9:*`. @throws SyntaxFailure. */
export function parseSequenceSet(text: string): SequenceSet {
  if (text === "$") return { kind: "saved" };
  const pairs: number[] = [];
  for (const part of text.split(",")) {
    const match = rangePattern.exec(part);
    if (!match) throw new SyntaxFailure("Malformed sequence set");
    const from = numberOrStar(match[1]);
    pairs.push(from, match[2] === undefined ? from : numberOrStar(match[2]));
  }
  return { kind: "ranges", pairs };
}

/** Ranges in order, merged, with `*` replaced by `largest`: `[from, to, from, to, …]`. */
export function normalizeRanges(pairs: readonly number[], largest: number): Uint32Array {
  const ranges: [number, number][] = [];
  for (let index = 0; index < pairs.length; index += 2) {
    const a = pairs[index] === star ? largest : (pairs[index] ?? 0);
    const b = pairs[index + 1] === star ? largest : (pairs[index + 1] ?? 0);
    ranges.push(a <= b ? [a, b] : [b, a]);
  }
  ranges.sort((x, y) => x[0] - y[0]);
  const merged: number[] = [];
  for (const [from, to] of ranges) {
    const lastTo = merged.at(-1);
    if (lastTo !== undefined && from <= lastTo + 1) merged[merged.length - 1] = Math.max(lastTo, to);
    else merged.push(from, to);
  }
  return Uint32Array.from(merged);
}

/** Ascending numbers as the fewest ranges: `[from, to, from, to, …]`. */
export function rangesOf(numbers: Uint32Array): Uint32Array {
  const ranges: number[] = [];
  for (const number of numbers) {
    if (ranges.at(-1) === number - 1) ranges[ranges.length - 1] = number;
    else ranges.push(number, number);
  }
  return Uint32Array.from(ranges);
}

/** Ascending numbers as the shortest set: `1:4,7`. Empty for none. */
export function formatSet(numbers: ArrayLike<number>): string {
  const parts: string[] = [];
  for (let index = 0; index < numbers.length; ) {
    const from = numbers[index] ?? 0;
    let to = from;
    while (++index < numbers.length && numbers[index] === to + 1) to++;
    parts.push(from === to ? `${from}` : `${from}:${to}`);
  }
  return parts.join(",");
}

/** Numbers in their own order, runs of ascending neighbours shortened: for COPYUID (RFC 4315 §3). */
export const formatOrderedSet = formatSet;

function numberOrStar(text: string | undefined): number {
  if (text === "*" || text === undefined) return star;
  const value = Number(text);
  if (value > 0xffff_ffff) throw new SyntaxFailure("Number too large");
  return value;
}
