import type { Selected } from "./session.ts";
import { normalizeRanges, type SequenceSet } from "./syntax/sequence-set.ts";
import { SyntaxFailure } from "./syntax/syntax-failure.ts";

/**
 * Indexes of the client's view that a set names, ascending. UIDs that do not exist are left out (RFC 9051 §6.4.9).
 * @throws SyntaxFailure when a sequence number is beyond the mailbox.
 */
export function resolveIndexes(selected: Selected, set: SequenceSet, uid: boolean): Uint32Array {
  const { tracker } = selected;
  if (set.kind === "saved") return indexesOfUids(selected, selected.savedUids);
  if (uid) return indexesOfUidRanges(selected, set.pairs);
  const beyond = set.pairs.some((number) => number > tracker.count);
  if (beyond || (tracker.count === 0 && set.pairs.length > 0)) throw new SyntaxFailure("No such message");
  const ranges = normalizeRanges(set.pairs, tracker.count);
  return fill(ranges, (number) => number - 1);
}

/** UID ranges of a set, with `*` and `$` resolved; for questions to the store. */
export function resolveUidRanges(selected: Selected, set: SequenceSet, uid: boolean): Uint32Array {
  if (uid && set.kind === "ranges") return normalizeRanges(set.pairs, largestUid(selected));
  const indexes = resolveIndexes(selected, set, uid);
  return normalizeRanges(
    Array.from(indexes).flatMap((index) => [selected.tracker.uidAt(index), selected.tracker.uidAt(index)]),
    0,
  );
}

export function uidsAt(selected: Selected, indexes: Uint32Array): Uint32Array {
  if (indexes.length === selected.tracker.count) return selected.tracker.uids.slice();
  const uids = new Uint32Array(indexes.length);
  for (let at = 0; at < indexes.length; at++) uids[at] = selected.tracker.uidAt(indexes[at] ?? 0);
  return uids;
}

export function indexesOfUids(selected: Selected, uids: Uint32Array): Uint32Array {
  const indexes: number[] = [];
  for (const uid of uids) {
    const index = selected.tracker.indexOf(uid);
    if (index >= 0) indexes.push(index);
  }
  return Uint32Array.from(indexes);
}

function largestUid(selected: Selected): number {
  const { tracker } = selected;
  return tracker.count === 0 ? 0 : tracker.uidAt(tracker.count - 1);
}

function indexesOfUidRanges(selected: Selected, pairs: readonly number[]): Uint32Array {
  const { tracker } = selected;
  if (tracker.count === 0) return new Uint32Array();
  const ranges = normalizeRanges(pairs, largestUid(selected));
  const bounds: number[] = [];
  for (let at = 0; at < ranges.length; at += 2) {
    const first = tracker.lowerBound(ranges[at] ?? 0);
    const to = ranges[at + 1] ?? 0;
    const end = to >= 0xffff_ffff ? tracker.count : tracker.lowerBound(to + 1);
    if (end > first) bounds.push(first, end - 1);
  }
  return fill(Uint32Array.from(bounds), (index) => index);
}

function fill(ranges: Uint32Array, map: (number: number) => number): Uint32Array {
  let length = 0;
  for (let at = 0; at < ranges.length; at += 2) length += (ranges[at + 1] ?? 0) - (ranges[at] ?? 0) + 1;
  const numbers = new Uint32Array(length);
  let next = 0;
  for (let at = 0; at < ranges.length; at += 2) {
    const to = ranges[at + 1] ?? 0;
    for (let number = ranges[at] ?? 0; number <= to; number++) numbers[next++] = map(number);
  }
  return numbers;
}
