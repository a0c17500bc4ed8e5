import { FlagTable } from "@casaforte/imap";
import { assert, type MessageId } from "@casaforte/kernel";
import { flagBits } from "./flags.ts";
import { IdTable, idText, idWords } from "./id-table.ts";
import { mailboxLimits } from "./limits.ts";
import type { ListedResults } from "./listed-results.ts";
import { rowOfUid } from "./row-of-uid.ts";
import { type ListedRows, type ListingLook, listedRowBytes } from "./store-listing.ts";

/** What an empty listing takes, about. */
const bareBytes = 4_096;
/** Bytes of all columns, and of the order, for one message. */
const rowBytes = 44;
/** The same with some room to grow, its thread where each message is one, and the results kept. */
const messageBytesMax = 112;

/** What a listing of so many messages takes at most, about, but for keywords. */
export const listingBytesOf = (messages: number): number => bareBytes + messages * messageBytesMax;

/** Good as long as the version is. */
interface KeptResults {
  readonly version: string;
  readonly results: ListedResults;
}

/**
 * The messages of one mailbox as lists need them, as of one modseq: columns by row, ascending by UID; rows in the order of
 * their arrival; and how many of each thread are there and unread. Knows nothing of the database; `take` and `remove` bring it
 * from one modseq to the next.
 */
export class MailboxListing {
  readonly epoch: number;
  readonly uidValidity: number;
  modseq: number;
  #table = new FlagTable();
  #count = 0;
  #uids = new Uint32Array(0);
  #ids = new Uint32Array(0);
  #received = new Float64Array(0);
  #sizes = new Uint32Array(0);
  #flagSets = new Uint32Array(0);
  #threads = new Uint32Array(0);
  /** Rows by time of receipt, then id, ascending. */
  #order = new Uint32Array(0);
  #threadIds = new IdTable();
  #inThread = new Uint32Array(16);
  #unreadInThread = new Uint32Array(16);
  #threadCount = 0;
  #unreadThreadCount = 0;
  #memberVersion = 0;
  #flagVersion = 0;
  readonly #results = new Map<string, KeptResults>();

  constructor({ epoch, uidValidity, highestModseq }: ListingLook) {
    this.epoch = epoch;
    this.uidValidity = uidValidity;
    this.modseq = highestModseq;
  }

  get count(): number {
    return this.#count;
  }
  /** Of the flags; another one after a change, as a rule the same. */
  get table(): FlagTable {
    return this.#table;
  }
  get threadCount(): number {
    return this.#threadCount;
  }
  get unreadThreadCount(): number {
    return this.#unreadThreadCount;
  }
  get lastUid(): number {
    return this.#uids[this.#count - 1] ?? 0;
  }
  /** Above every thread number. */
  get threadNumbersEnd(): number {
    return this.#threadIds.count;
  }
  /** Bytes that it holds, about. */
  get bytes(): number {
    let bytes = bareBytes + this.#uids.length * rowBytes + this.#threadIds.bytes + 2 * this.#inThread.byteLength;
    bytes += this.#table.bytes;
    for (const [key, { results }] of this.#results) bytes += 2 * key.length + results.bytes;
    return bytes;
  }

  /** Of each row, to be looked at and never written, until the next change: bits and keywords as numbers of `table`. */
  get flagSets(): Uint32Array {
    return this.#flagSets;
  }
  get threads(): Uint32Array {
    return this.#threads;
  }
  /** Microseconds since 2000. */
  get received(): Float64Array {
    return this.#received;
  }
  /** Octets. */
  get sizes(): Uint32Array {
    return this.#sizes;
  }
  /** Rows by time of receipt, then id, ascending. */
  get order(): Uint32Array {
    return this.#order.subarray(0, this.#count);
  }

  messageId(row: number): MessageId {
    return idText(this.#ids, 4 * row) as MessageId;
  }

  /** The rows of those of these messages that are here. */
  rowsOf(messageIds: readonly MessageId[]): ReadonlyMap<number, MessageId> {
    const byLast = new Map<number, MessageId[]>();
    // What most rows are not is told by 64 thousand bits; the rest is looked up.
    const mayBe = new Uint8Array(0x1_0000);
    for (const id of messageIds) {
      const [, , , last] = idWords(id);
      byLast.set(last, [...(byLast.get(last) ?? []), id]);
      mayBe[last & 0xffff] = 1;
    }
    const rows = new Map<number, MessageId>();
    const ids = this.#ids;
    // Those that are asked for came last as a rule.
    for (let row = this.#count - 1; row >= 0 && rows.size < messageIds.length; row--) {
      const last = ids[4 * row + 3] ?? 0;
      if (mayBe[last & 0xffff] === 0) continue;
      const id = byLast.get(last)?.find((one) => one === this.messageId(row));
      if (id !== undefined) rows.set(row, id);
    }
    return rows;
  }

  /** Results by a key: made once for the same members, and for the same flags where they matter. */
  results(key: string, looksAtFlags: boolean, make: () => ListedResults): ListedResults {
    const version = `${this.#memberVersion} ${looksAtFlags ? this.#flagVersion : ""}`;
    const kept = this.#results.get(key);
    this.#results.delete(key);
    const results = kept?.version === version ? kept.results : make();
    // A question may be as long as a request.
    if (key.length > mailboxLimits.listingQuestionCharsMax) return results;
    this.#results.set(key, { version, results });
    for (const oldest of this.#results.keys()) {
      if (this.#results.size <= mailboxLimits.listingResultsKept) break;
      this.#results.delete(oldest);
    }
    return results;
  }

  /** Takes in rows as they are now, new ones behind all that were there. */
  take({ packed, keywords }: ListedRows): void {
    const before = this.#count;
    const labels = new Map(keywords.map((one) => [one.uid, one.keywords]));
    this.#reserve(before + packed.length / listedRowBytes);
    for (let at = 0; at < packed.length; at += listedRowBytes) {
      const uid = packed.readUInt32BE(at);
      const flags = this.#table.intern(packed.readUInt16BE(at + 4), labels.get(uid) ?? []);
      const row = this.#rowOf(uid);
      if (row >= 0) this.#reflag(row, flags);
      else this.#append(uid, flags, packed, at);
    }
    this.#forgetFlags();
    if (this.#count === before) return;
    this.#memberVersion++;
    this.#sortIn(before);
  }

  /** Takes messages out; UIDs that are not there do no harm. */
  remove(uids: readonly number[]): void {
    const gone = Uint32Array.from(new Set(uids.map((uid) => this.#rowOf(uid)).filter((row) => row >= 0))).sort();
    const first = gone[0];
    if (first === undefined) return;
    const before = this.#count;
    const end = 0xffff_ffff;
    const moved = new Uint32Array(before - first);
    let kept = first;
    for (const row of gone) this.#countThread(row, -1);
    for (let row = first, next = 0; row < before; row++) {
      if (gone[next] === row) {
        next++;
        moved[row - first] = end;
      } else moved[row - first] = kept++;
    }
    for (const column of [this.#uids, this.#received, this.#sizes, this.#flagSets, this.#threads])
      closeGaps(column, gone, before, 1);
    closeGaps(this.#ids, gone, before, 4);
    const order = this.#order;
    let place = 0;
    for (let at = 0; at < before; at++) {
      const row = order[at] ?? 0;
      const now = row < first ? row : (moved[row - first] ?? end);
      if (now !== end) order[place++] = now;
    }
    this.#count = kept;
    this.#memberVersion++;
    if (this.#threadIds.count > 2 * this.#threadCount + 1_024) this.#forgetThreads();
    this.#forgetFlags();
  }

  #append(uid: number, flags: number, packed: Buffer, at: number): void {
    assert(uid > this.lastUid, "UIDs of a mailbox only rise");
    const row = this.#count++;
    this.#uids[row] = uid;
    this.#flagSets[row] = flags;
    // Beyond the years 1714 to 2285 doubles are exact to milliseconds only, as is what the program writes.
    this.#received[row] = packed.readInt32BE(at + 6) * 0x1_0000_0000 + packed.readUInt32BE(at + 10);
    this.#sizes[row] = packed.readUInt32BE(at + 18);
    for (let word = 0; word < 4; word++) this.#ids[4 * row + word] = packed.readUInt32BE(at + 22 + 4 * word);
    const word = (nth: number): number => packed.readUInt32BE(at + 38 + 4 * nth);
    this.#threads[row] = this.#threadIds.add(word(0), word(1), word(2), word(3));
    this.#countThread(row, 1);
  }

  #reflag(row: number, flags: number): void {
    if (this.#flagSets[row] === flags) return;
    this.#countThread(row, -1);
    this.#flagSets[row] = flags;
    this.#countThread(row, 1);
    this.#flagVersion++;
  }

  #isUnread(row: number): boolean {
    return (this.#table.flags(this.#flagSets[row] ?? 0).bits & flagBits.seen) === 0;
  }

  #countThread(row: number, step: 1 | -1): void {
    const thread = this.#threads[row] ?? 0;
    if (thread >= this.#inThread.length) {
      this.#inThread = grown(this.#inThread, thread + (thread >> 2));
      this.#unreadInThread = grown(this.#unreadInThread, thread + (thread >> 2));
    }
    const messages = (this.#inThread[thread] ?? 0) + step;
    this.#inThread[thread] = messages;
    if (messages === (step > 0 ? 1 : 0)) this.#threadCount += step;
    if (!this.#isUnread(row)) return;
    const unread = (this.#unreadInThread[thread] ?? 0) + step;
    this.#unreadInThread[thread] = unread;
    if (unread === (step > 0 ? 1 : 0)) this.#unreadThreadCount += step;
  }

  /** Threads that have no message any more leave the table, and the others are numbered anew. */
  #forgetThreads(): void {
    const [before, inThread, unread] = [this.#threadIds, this.#inThread, this.#unreadInThread];
    this.#threadIds = new IdTable();
    this.#inThread = new Uint32Array(this.#threadCount + 16);
    this.#unreadInThread = new Uint32Array(this.#threadCount + 16);
    for (let row = 0; row < this.#count; row++) {
      const was = this.#threads[row] ?? 0;
      const thread = this.#threadIds.addFrom(before, was);
      this.#threads[row] = thread;
      this.#inThread[thread] = inThread[was] ?? 0;
      this.#unreadInThread[thread] = unread[was] ?? 0;
    }
  }

  /** When there are too many flags that no message has any more they leave the table, and the others are numbered anew. */
  #forgetFlags(): void {
    const before = this.#table;
    if (before.size <= 2 * this.#count + 1_024) return;
    this.#table = new FlagTable();
    const numbers = new Map<number, number>();
    for (let row = 0; row < this.#count; row++) {
      const was = this.#flagSets[row] ?? 0;
      const { bits, keywords } = before.flags(was);
      const number = numbers.get(was) ?? this.#table.intern(bits, keywords);
      numbers.set(was, number);
      this.#flagSets[row] = number;
    }
  }

  /** Puts the rows from `first` on in their places of the order: mail that comes is newest as a rule, and moves nothing. */
  #sortIn(first: number): void {
    const fresh = Uint32Array.from({ length: this.#count - first }, (_, at) => first + at);
    const isSorted = fresh.every((row, at) => at === 0 || this.#compare(row - 1, row) < 0);
    if (!isSorted) fresh.sort((a, b) => this.#compare(a, b));
    let old = first - 1;
    let next = fresh.length - 1;
    for (let place = this.#count - 1; next >= 0; place--) {
      const was = this.#order[old] ?? 0;
      const comes = fresh[next] ?? 0;
      if (old >= 0 && this.#compare(was, comes) > 0) {
        this.#order[place] = was;
        old--;
      } else {
        this.#order[place] = comes;
        next--;
      }
    }
  }

  #compare(a: number, b: number): number {
    const later = (this.#received[a] ?? 0) - (this.#received[b] ?? 0);
    if (later !== 0) return later;
    for (let word = 0; word < 4; word++) {
      const difference = (this.#ids[4 * a + word] ?? 0) - (this.#ids[4 * b + word] ?? 0);
      if (difference !== 0) return difference;
    }
    // A message that moved within its mailbox is there twice until its old place is told as gone.
    return a - b;
  }

  /** Room for so many rows, and some to grow. */
  #reserve(count: number): void {
    if (count <= this.#uids.length) return;
    const capacity = count + Math.max(16, count >> 3);
    this.#uids = grown(this.#uids, capacity);
    this.#ids = grown(this.#ids, 4 * capacity);
    this.#sizes = grown(this.#sizes, capacity);
    this.#flagSets = grown(this.#flagSets, capacity);
    this.#threads = grown(this.#threads, capacity);
    this.#order = grown(this.#order, capacity);
    const received = new Float64Array(capacity);
    received.set(this.#received);
    this.#received = received;
  }

  #rowOf(uid: number): number {
    if (uid > this.lastUid) return -1;
    return rowOfUid(this.#uids, this.#count, uid);
  }
}

/** Moves what stands between the rows that are gone, ascending, to where they were. */
function closeGaps(column: Uint32Array | Float64Array, gone: Uint32Array, count: number, width: number): void {
  for (let nth = 0; nth < gone.length; nth++) {
    const [from, next] = [(gone[nth] ?? 0) + 1, gone[nth + 1] ?? count];
    column.copyWithin((from - 1 - nth) * width, from * width, next * width);
  }
}

function grown(column: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(Math.max(length, column.length + 1));
  longer.set(column);
  return longer;
}
