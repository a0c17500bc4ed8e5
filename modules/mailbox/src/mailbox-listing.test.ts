import type { MessageId } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { idText } from "./id-table.ts";
import { listResults, placesOf, stepsOf, windowOf } from "./list-messages.ts";
import { ListedResults } from "./listed-results.ts";
import { listingBytesOf, MailboxListing } from "./mailbox-listing.ts";
import { type ListedRows, type ListingLook, listedRowBytes } from "./store-listing.ts";

const random = new SeededRandom(20);
const newWords = (): Uint32Array => Uint32Array.from({ length: 4 }, () => random.next());

interface Message {
  readonly uid: number;
  readonly flags: number;
  readonly received: number;
  readonly id: Uint32Array;
  readonly thread: Uint32Array;
}

const emptyLook: ListingLook = {
  reach: "all",
  ...{ isPure: true, epoch: 1, uidValidity: 1, highestModseq: 1, total: 0, gone: [] },
  ...{ packed: Buffer.alloc(0), keywords: [] },
};

function pack(messages: readonly Message[]): ListedRows {
  const packed = Buffer.alloc(messages.length * listedRowBytes);
  for (const [nth, { uid, flags, received, id, thread }] of messages.entries()) {
    const at = nth * listedRowBytes;
    packed.writeUInt32BE(uid, at);
    packed.writeUInt16BE(flags, at + 4);
    packed.writeBigInt64BE(BigInt(received), at + 6);
    packed.writeBigInt64BE(1_000n, at + 14);
    for (const [word, value] of [...id, ...thread].entries()) packed.writeUInt32BE(value, at + 22 + 4 * word);
  }
  return { packed, keywords: [] };
}

/** In few moments, so that ids decide too, some before 2000. */
const arrivals = (from: number, count: number, threads: readonly Uint32Array[]): readonly Message[] =>
  Array.from({ length: count }, (_, nth) => ({
    uid: from + nth,
    flags: random.next() % 2,
    received: ((random.next() % 40) - 20) * 1_000_000_000_000,
    id: newWords(),
    thread: random.next() % 3 === 0 ? (threads[random.next() % threads.length] ?? newWords()) : newWords(),
  }));

const textOf = (words: Uint32Array): string => idText(words, 0);

function expectSame(listing: MailboxListing, messages: readonly Message[]): void {
  const sorted = messages.toSorted((a, b) => a.received - b.received || (textOf(a.id) < textOf(b.id) ? -1 : 1));
  expect(Array.from(listing.order, (row) => listing.messageId(row))).toEqual(sorted.map(({ id }) => textOf(id)));
  const seen = new Set<string>();
  const firsts = sorted.toReversed().filter(({ thread }) => seen.size < seen.add(textOf(thread)).size);
  const ids = firsts.slice(-3).map(({ id }) => textOf(id) as MessageId);
  const last = ids.at(-1) ?? expect.fail("a message");
  const sort = [{ by: "receivedAt", ascending: false }] as const;
  const results = listResults(listing, { filter: { on: "and", filters: [] }, sort, collapseThreads: true });
  expect(placesOf(listing, results, [last])).toEqual({
    places: new Map([[last, firsts.length - 1]]),
    total: seen.size,
  });
  const window = windowOf(listing, results, { window: { kind: "anchor", id: last, offset: -2 }, limit: 9 });
  expect(window).toEqual({ ids, position: firsts.length - 3, total: seen.size });
  const threads = new Map<string, boolean>();
  for (const { thread, flags } of messages)
    threads.set(textOf(thread), threads.get(textOf(thread)) === true || flags === 0);
  expect(listing.threadCount).toBe(threads.size);
  expect(listing.unreadThreadCount).toBe([...threads.values()].filter((isUnread) => isUnread).length);
  const numbers = Array.from(messages, ({ thread }, row) => `${textOf(thread)} ${listing.threads[row]}`);
  expect(new Set(numbers).size).toBe(threads.size);
}

test("R12: messages that come, change and go in thousands keep their order, threads and ids", {
  timeout: 120_000,
}, () => {
  const listing = new MailboxListing(emptyLook);
  const threads = Array.from({ length: 50 }, newWords);
  let messages: readonly Message[] = [];
  let uid = 1;
  for (const [comes, goes] of [
    [3_000, 10],
    [1, 2_500],
    [2_000, 1],
    [500, 2_900],
  ] as const) {
    const fresh = arrivals(uid, comes, threads);
    uid += comes;
    listing.take(pack(fresh));
    messages = [...messages, ...fresh].map((one) => (random.next() % 5 === 0 ? { ...one, flags: 1 - one.flags } : one));
    listing.take(pack(messages));
    expectSame(listing, messages);
    const gone = new Set(Array.from({ length: goes }, () => messages[random.next() % messages.length]?.uid ?? 0));
    listing.remove([...gone, uid + 1]);
    messages = messages.filter((one) => !gone.has(one.uid));
    expectSame(listing, messages);
    const [one = expect.fail("a message")] = messages.slice(-1);
    const asked = [textOf(one.id), textOf(newWords())] as never[];
    expect([...listing.rowsOf(asked)]).toEqual([[messages.length - 1, textOf(one.id)]]);
  }
  // Threads without messages have left, too.
  expect(listing.threadNumbersEnd).toBeLessThan(2 * listing.threadCount + 1_100);
});

test("R12: a listing takes no more than what is set aside for it, even where each message is a thread", {
  timeout: 120_000,
}, () => {
  const listing = new MailboxListing(emptyLook);
  const count = 70_000;
  for (let from = 1; from <= count; from += 5_000) listing.take(pack(arrivals(from, 5_000, [])));
  for (let nth = 0; nth < 10; nth++)
    listing.results(`results ${nth}`, false, () => new ListedResults(count, (rows) => rows.set(listing.order)));
  expect(listing.threadCount).toBe(count);
  expect(listing.bytes).toBeGreaterThan(60 * count);
  expect(listing.bytes).toBeLessThan(listingBytesOf(count));
});

test("R12: flags that no message has any more are forgotten, and what a listing tells of its bytes counts them", () => {
  const listing = new MailboxListing(emptyLook);
  const messages = arrivals(1, 3, [newWords()]);
  const labels = (turn: number, uid: number) => [`k${turn}`, `${"x".repeat(90)}${uid}`];
  let most = 0;
  for (let turn = 0; turn < 3_000; turn++) {
    const before = listing.bytes;
    listing.take({ ...pack(messages), keywords: messages.map(({ uid }) => ({ uid, keywords: labels(turn, uid) })) });
    if (turn > 0 && turn < 300) expect(listing.bytes).toBeGreaterThan(before + 3 * 2 * 90);
    most = Math.max(most, listing.bytes);
    expect(listing.table.size).toBeLessThanOrEqual(2 * 3 + 1_024);
  }
  expect(most).toBeLessThan(800_000);
  for (const [row, { uid, flags }] of messages.entries())
    expect(listing.table.flags(listing.flagSets[row] ?? 0)).toEqual({ bits: flags, keywords: labels(2_999, uid) });
  const sort = [{ by: "receivedAt", ascending: false }] as const;
  const filter = { on: "hasKeyword", keyword: "k2999" } as const;
  expect(listResults(listing, { filter, sort, collapseThreads: false }).total).toBe(3);
  // A keyword is looked for in all that is known; another condition is not.
  expect(stepsOf(listing, { filter, sort })).toBe(2 * 3 + listing.table.size + listing.table.keywordPlaces);
  expect(stepsOf(listing, { filter: { on: "or", filters: [{ on: "minSize", bytes: 1 }] }, sort })).toBe(3 * 3);
});

test("R12: the flags of messages that went are forgotten with them", () => {
  const listing = new MailboxListing(emptyLook);
  const messages = arrivals(1, 3_000, [newWords()]);
  const keywords = messages.map(({ uid }) => ({ uid, keywords: [`k${uid}`] }));
  listing.take({ ...pack(messages), keywords });
  expect(listing.table.size).toBe(32 + 3_000);
  const { bytes } = listing.table;
  listing.remove(messages.slice(0, -20).map(({ uid }) => uid));
  expect(listing.table.size).toBe(32 + 20);
  expect(listing.table.bytes).toBeLessThan(bytes / 50);
  expect(Array.from(listing.flagSets.subarray(0, 20), (number) => listing.table.flags(number).keywords)).toEqual(
    keywords.slice(-20).map((one) => one.keywords),
  );
  expectSame(listing, messages.slice(-20));
});
