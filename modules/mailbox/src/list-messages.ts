import { type EmailFilter, type EmailQuery, JmapError } from "@casaforte/jmap";
import type { MessageId } from "@casaforte/kernel";
import { keywordBits } from "./flags.ts";
import { ListedResults } from "./listed-results.ts";
import type { MailboxListing } from "./mailbox-listing.ts";

type Ranking = Pick<EmailQuery, "filter" | "sort" | "collapseThreads">;
type Test = (row: number) => boolean;

/** One window of a query's results. */
export interface QueryWindow {
  readonly ids: readonly MessageId[];
  /** Of the first id, from 0. */
  readonly position: number;
  readonly total: number;
}

/** Of the messages that were asked for those in the results, with their index; and the number of all results. */
export interface QueryPlaces {
  readonly places: ReadonlyMap<MessageId, number>;
  readonly total: number;
}

/** A mailbox that all results lie in, and what else is asked of them. */
export function splitMailbox(filter: EmailFilter): { readonly mailboxId: string | null; readonly rest: EmailFilter } {
  const filters = filter.on === "and" ? filter.filters : [filter];
  const at = filters.findIndex(({ on }) => on === "inMailbox");
  const found = filters[at];
  if (found?.on !== "inMailbox") return { mailboxId: null, rest: filter };
  return { mailboxId: found.mailboxId, rest: { on: "and", filters: filters.toSpliced(at, 1) } };
}

/** Whether a listing of the mailbox knows all that this asks of its messages; it knows nothing of what lies elsewhere, nor texts. */
export function canList({ filter, sort }: Pick<Ranking, "filter" | "sort">): boolean {
  return (
    isListed(filter) &&
    sort.every(({ by }, at) => by === "hasKeyword" || (by === "receivedAt" && at === sort.length - 1))
  );
}

function isListed(filter: EmailFilter): boolean {
  if ("filters" in filter) return filter.filters.every(isListed);
  return ["before", "after", "minSize", "maxSize", "hasKeyword", "notKeyword"].includes(filter.on);
}

/** Whether a change of flags may change it. */
function looksAtFlags(filter: EmailFilter): boolean {
  if ("filters" in filter) return filter.filters.some(looksAtFlags);
  return filter.on === "hasKeyword" || filter.on === "notKeyword";
}

/** How many tests of a message or a keyword the results take, about: some nanoseconds each. */
export function stepsOf({ count, table }: MailboxListing, { filter, sort }: Pick<Ranking, "filter" | "sort">): number {
  const ofKeyword = count + table.size + table.keywordPlaces;
  const ofFilter = (one: EmailFilter): number => {
    if ("filters" in one)
      return one.filters.reduce((sum, inner) => sum + ofFilter(inner), one.on === "and" ? 0 : count);
    return one.on === "hasKeyword" || one.on === "notKeyword" ? ofKeyword : count;
  };
  return sort.reduce((sum, { by }) => sum + (by === "hasKeyword" ? count + ofKeyword : count), ofFilter(filter));
}

/** Rows of the results of a query that `canList`, in their order. RFC 8621 §4.4. */
export function listResults(listing: MailboxListing, query: Ranking): ListedResults {
  const { filter, sort, collapseThreads } = query;
  const isOfFlags = looksAtFlags(filter) || sort.some(({ by }) => by === "hasKeyword");
  const key = JSON.stringify([filter, sort, collapseThreads]);
  return listing.results(key, isOfFlags, () => {
    const ascending = sort.some((one) => one.by === "receivedAt" && one.ascending);
    const test = testOf(listing, filter);
    if (test === null && !isOfFlags && !ascending) return newestFirst(listing, collapseThreads);
    let rows = ascending ? oldestFirst(listing) : listing.order.toReversed();
    if (test !== null) rows = passing(rows, test);
    for (const { keyword = "", ascending: isLast } of sort.filter(({ by }) => by === "hasKeyword").toReversed()) {
      const carries = carriesOf(listing, keyword);
      rows = partition(rows, (row) => carries(row) !== isLast);
    }
    const found = collapseThreads ? firstOfThreads(listing, rows) : rows;
    return new ListedResults(found.length, (places, from, to) => places.set(found.subarray(from, to), from));
  });
}

/** @throws JmapError `anchorNotFound`. */
export function windowOf(
  listing: MailboxListing,
  results: ListedResults,
  { window, limit }: Pick<EmailQuery, "window" | "limit">,
): QueryWindow {
  const { total } = results;
  let start: number;
  if (window.kind === "position") start = window.position >= 0 ? window.position : total + window.position;
  else {
    const [anchor] = listing.rowsOf([window.id as MessageId]).keys();
    let at = -1;
    if (anchor !== undefined)
      results.walk((row, place) => {
        if (row !== anchor) return "more";
        at = place;
        return "enough";
      });
    if (at < 0) throw new JmapError("anchorNotFound", "the anchor is not in the results");
    start = at + window.offset;
  }
  const position = Math.max(0, start);
  const rows = results.first(position + limit).subarray(position, position + limit);
  const ids = Array.from(rows, (row) => listing.messageId(row));
  return { ids, position, total };
}

/** Where these messages stand among the results. */
export function placesOf(listing: MailboxListing, results: ListedResults, ids: readonly MessageId[]): QueryPlaces {
  const wanted = listing.rowsOf(ids);
  const isWanted = new Uint8Array(listing.count);
  for (const row of wanted.keys()) isWanted[row] = 1;
  const places = new Map<MessageId, number>();
  if (wanted.size > 0)
    results.walk((row, at) => {
      const id = isWanted[row] === 1 ? wanted.get(row) : undefined;
      if (id !== undefined) places.set(id, at);
      return places.size < wanted.size ? "more" : "enough";
    });
  return { places, total: results.total };
}

/** Without a look at more than is asked for: as many as there are messages, or threads. */
function newestFirst(listing: MailboxListing, collapseThreads: boolean): ListedResults {
  const { order, threads, count, threadCount } = listing;
  const isSeen = collapseThreads ? new Uint8Array(listing.threadNumbersEnd) : null;
  let left = count;
  return new ListedResults(isSeen === null ? count : threadCount, (places, from, to) => {
    for (let at = from; at < to && left > 0; ) {
      const row = order[--left] ?? 0;
      if (isSeen !== null) {
        const thread = threads[row] ?? 0;
        if (isSeen[thread] === 1) continue;
        isSeen[thread] = 1;
      }
      places[at++] = row;
    }
  });
}

/** By time of receipt; of those that came at once, the highest id first, as with the newest first. */
function oldestFirst({ order, received }: MailboxListing): Uint32Array<ArrayBuffer> {
  const rows = order.slice();
  for (let first = 0, next = 1; first < rows.length; first = next) {
    const at = received[rows[first] ?? 0];
    for (next = first + 1; next < rows.length && received[rows[next] ?? 0] === at; ) next++;
    if (next > first + 1) rows.subarray(first, next).reverse();
  }
  return rows;
}

/** Null: all pass. */
function testOf(listing: MailboxListing, filter: EmailFilter): Test | null {
  const { received, sizes } = listing;
  switch (filter.on) {
    case "and": {
      const [first, ...others] = filter.filters.flatMap((inner) => testOf(listing, inner) ?? []);
      if (first === undefined || others.length === 0) return first ?? null;
      return (row) => first(row) && others.every((test) => test(row));
    }
    case "or":
    case "not": {
      const tests = filter.filters.map((inner) => testOf(listing, inner) ?? (() => true));
      const isOr = filter.on === "or";
      return (row) => tests.some((test) => test(row)) === isOr;
    }
    case "before":
    case "after": {
      const at = (filter.atMs - Date.UTC(2000)) * 1_000;
      const isAfter = filter.on === "after";
      return (row) => (received[row] ?? 0) >= at === isAfter;
    }
    case "minSize":
    case "maxSize": {
      const isMin = filter.on === "minSize";
      return (row) => (sizes[row] ?? 0) >= filter.bytes === isMin;
    }
    case "hasKeyword":
      return carriesOf(listing, filter.keyword);
    case "notKeyword": {
      const carries = carriesOf(listing, filter.keyword);
      return (row) => !carries(row);
    }
    default:
      throw new RangeError(`a listing knows nothing of ${filter.on}`);
  }
}

/** Whether a row's message carries a keyword, which comes in lower case. */
function carriesOf({ table, flagSets }: MailboxListing, keyword: string): Test {
  const bit = keywordBits.get(keyword);
  const spelling = table.spelling(keyword);
  if (bit === undefined && spelling === undefined) return () => false;
  const has = Uint8Array.from({ length: table.size }, (_, number) => {
    const { bits, keywords } = table.flags(number);
    return (bit === undefined ? keywords.includes(spelling ?? "") : (bits & bit) !== 0) ? 1 : 0;
  });
  return (row) => has[flagSets[row] ?? 0] === 1;
}

function passing(rows: Uint32Array, test: Test): Uint32Array<ArrayBuffer> {
  const passed = new Uint32Array(rows.length);
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    if (test(row)) passed[count++] = row;
  }
  return passed.slice(0, count);
}

/** Those that pass first, each part in its order. */
function partition(rows: Uint32Array, test: Test): Uint32Array<ArrayBuffer> {
  const sorted = new Uint32Array(rows.length);
  const first = passing(rows, test);
  sorted.set(first);
  sorted.set(
    passing(rows, (row) => !test(row)),
    first.length,
  );
  return sorted;
}

function firstOfThreads({ threads, threadNumbersEnd }: MailboxListing, rows: Uint32Array): Uint32Array {
  const isSeen = new Uint8Array(threadNumbersEnd);
  const firsts = new Uint32Array(rows.length);
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    const thread = threads[row] ?? 0;
    if (isSeen[thread] === 1) continue;
    isSeen[thread] = 1;
    firsts[count++] = row;
  }
  return firsts.slice(0, count);
}
