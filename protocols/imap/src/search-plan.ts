import { resolveIndexes, resolveUidRanges } from "./resolve-set.ts";
import type { SearchQuery } from "./search-query.ts";
import type { Selected, Session } from "./session.ts";
import type { ParsedKey } from "./syntax/search-keys.ts";
import { normalizeRanges } from "./syntax/sequence-set.ts";
import { SyntaxFailure } from "./syntax/syntax-failure.ts";

/**
 * Turns what depends on the session, its numbers and its clock, into UIDs and instants. Numbers that are not there are an
 * error in the mailbox that the client sees, and mean nothing in others (`isOther`).
 */
export function compileKey(session: Session, selected: Selected, key: ParsedKey, isOther = false): SearchQuery {
  switch (key.kind) {
    case "and":
    case "or":
      return { kind: key.kind, keys: key.keys.map((child) => compileKey(session, selected, child, isOther)) };
    case "not":
      return { kind: "not", key: compileKey(session, selected, key.key, isOther) };
    case "sequence":
      if (session.enabled.uidOnly && key.set.kind === "ranges")
        throw new SyntaxFailure("[UIDREQUIRED] Name messages by UID");
      if (isOther && key.set.kind === "ranges")
        return { kind: "uids", ranges: rangesOfNumbers(selected, key.set.pairs) };
      // Resolving first checks that the numbers exist.
      resolveIndexes(selected, key.set, false);
      return { kind: "uids", ranges: resolveUidRanges(selected, key.set, false) };
    case "uid_set":
      return { kind: "uids", ranges: resolveUidRanges(selected, key.set, true) };
    case "recent":
      return { kind: "uids", ranges: recentRanges(selected) };
    case "age": {
      const ms = session.clock.nowMs() - key.seconds * 1000;
      return { kind: "instant", is: key.is === "younger" ? "since" : "before", ms: key.is === "younger" ? ms : ms + 1 };
    }
    default:
      return key;
  }
}

export function mentionsModseq(key: ParsedKey): boolean {
  if (key.kind === "modseq") return true;
  if (key.kind === "not") return mentionsModseq(key.key);
  return (key.kind === "and" || key.kind === "or") && key.keys.some(mentionsModseq);
}

type Test = (index: number) => boolean;

/** What a session holds of its messages. */
interface Columns {
  readonly tracker: Selected["tracker"];
  readonly mailbox: Pick<Selected["mailbox"], "table">;
}

/**
 * Answers from the session's own columns when flags, UIDs and modseqs are all that is asked; else null. `among`: indexes that
 * alone are looked at.
 */
export function findLocally(selected: Columns, query: SearchQuery, among?: Uint32Array): Uint32Array | null {
  const test = localTest(selected, query);
  if (!test) return null;
  if (among) return among.filter((index) => test(index));
  const { count } = selected.tracker;
  const found = new Uint32Array(count);
  let length = 0;
  for (let index = 0; index < count; index++) if (test(index)) found[length++] = index;
  return found.slice(0, length);
}

function localTest(selected: Columns, query: SearchQuery): Test | null {
  const { tracker } = selected;
  const { table } = selected.mailbox;
  switch (query.kind) {
    case "all":
      return () => true;
    case "and":
    case "or": {
      const tests = query.keys.map((key) => localTest(selected, key));
      if (tests.some((test) => test === null)) return null;
      const known = tests as Test[];
      return query.kind === "and"
        ? (index) => known.every((test) => test(index))
        : (index) => known.some((test) => test(index));
    }
    case "not": {
      const test = localTest(selected, query.key);
      return test && ((index) => !test(index));
    }
    case "uids":
      return (index) => contains(query.ranges, tracker.uidAt(index));
    case "flag":
      return (index) => (table.flags(tracker.flagSetAt(index)).bits & query.bit) !== 0;
    case "keyword": {
      const wanted = query.keyword.toLowerCase();
      // Once for each combination of flags: messages are many, and a search may name hundreds of keywords.
      const known: (boolean | undefined)[] = [];
      return (index) => {
        const set = tracker.flagSetAt(index);
        known[set] ??= table.flags(set).keywords.some((keyword) => keyword.toLowerCase() === wanted);
        return known[set];
      };
    }
    case "modseq":
      return (index) => tracker.modseqAt(index) >= query.atLeast;
    default:
      return null;
  }
}

/** Whether sorted inclusive ranges hold the number. */
export function contains(ranges: Uint32Array, number: number): boolean {
  let low = 0;
  let high = ranges.length >> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[2 * middle + 1] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return 2 * low < ranges.length && (ranges[2 * low] ?? 0) <= number;
}

/** UIDs of the sequence numbers that are there. */
function rangesOfNumbers({ tracker }: Selected, pairs: readonly number[]): Uint32Array {
  const uids: number[] = [];
  const ranges = normalizeRanges(pairs, tracker.count);
  for (let at = 0; at < ranges.length; at += 2) {
    const [first = 0, last = 0] = [ranges[at], Math.min(ranges[at + 1] ?? 0, tracker.count)];
    for (let number = Math.max(first, 1); number <= last; number++)
      uids.push(tracker.uidAt(number - 1), tracker.uidAt(number - 1));
  }
  return normalizeRanges(uids, 0);
}

function recentRanges(selected: Selected): Uint32Array {
  const pairs: number[] = [];
  for (let index = 0; index < selected.tracker.count; index++) {
    if (selected.tracker.isRecentAt(index)) pairs.push(selected.tracker.uidAt(index), selected.tracker.uidAt(index));
  }
  return normalizeRanges(pairs, 0);
}
