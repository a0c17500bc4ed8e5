import { assert } from "@casaforte/kernel";
import type { FlagColumns, MailboxChanges, MailboxSnapshot, RecentClaim } from "./backend.ts";
import { changesRemembered } from "./limits.ts";

/**
 * What one session knows of the selected mailbox: message sequence number i is index i - 1 of the columns. Sequence
 * numbers change only in `release`, which the session calls where it may announce an expunge; until then a vanished
 * message keeps its place.
 */
export class SequenceTracker {
  #uids: Uint32Array;
  #flagSets: Uint32Array;
  #modseqs: Float64Array;
  #count: number;
  #withheld = new Set<number>();
  /** The columns are the store's, for several sessions: they are copied before the numbering must differ from it. */
  #isShared: boolean;
  /** The store's columns as of `modseq`, to go back to. */
  #whole: FlagColumns | null = null;
  /** Every change up to here is known. */
  modseq: number;
  uidNext: number;
  /** Ranges of UIDs that are \Recent in this session: from, up to but without, from, … ascending. */
  readonly #recent: number[] = [];
  /** UIDs of what changed above `#rememberedFrom`, a few. */
  #remembered: number[] = [];
  #rememberedFrom: number;

  constructor(snapshot: MailboxSnapshot) {
    this.#uids = snapshot.uids;
    this.#flagSets = snapshot.flagSets;
    this.#modseqs = snapshot.modseqs;
    this.#count = snapshot.uids.length;
    this.#isShared = snapshot.shared === true;
    this.modseq = snapshot.highestModseq;
    this.#rememberedFrom = snapshot.highestModseq;
    this.uidNext = snapshot.uidNext;
    this.addRecent({ fromUid: snapshot.recentFromUid, upToUid: snapshot.recentUpToUid });
  }

  /** Number of messages in the client's view. */
  get count(): number {
    return this.#count;
  }

  /** Columns of the client's view; valid until the next change. */
  get uids(): Uint32Array {
    return this.#uids.subarray(0, this.#count);
  }

  uidAt(index: number): number {
    return this.#uids[index] ?? 0;
  }

  flagSetAt(index: number): number {
    return this.#flagSets[index] ?? 0;
  }

  modseqAt(index: number): number {
    return this.#modseqs[index] ?? 0;
  }

  isRecentAt(index: number): boolean {
    if (this.#recent.length === 0) return false;
    const uid = this.#uids[index] ?? 0;
    for (let at = this.#recent.length - 2; at >= 0; at -= 2) {
      if (uid >= (this.#recent[at] ?? 0)) return uid < (this.#recent[at + 1] ?? 0);
    }
    return false;
  }

  get recentCount(): number {
    let count = 0;
    for (let at = 0; at < this.#recent.length; at += 2) {
      count += this.#lowerBound(this.#recent[at + 1] ?? 0) - this.#lowerBound(this.#recent[at] ?? 0);
    }
    return count;
  }

  /** What this session claimed; it may reach beyond the messages known so far. */
  addRecent({ fromUid, upToUid }: RecentClaim): void {
    if (fromUid >= upToUid) return;
    if (this.#recent.at(-1) === fromUid) this.#recent[this.#recent.length - 1] = upToUid;
    else this.#recent.push(fromUid, upToUid);
  }

  /** Whether an expunge waits to be announced. */
  get withholds(): boolean {
    return this.#withheld.size > 0;
  }

  isWithheld(uid: number): boolean {
    return this.#withheld.has(uid);
  }

  /** Ascending. */
  get withheldUids(): Uint32Array {
    return Uint32Array.from(this.#withheld).sort();
  }

  /** Indexes of what is known to have changed after a modseq, ascending; a few are found without a look at the rest. */
  changedSince(modseq: number): Uint32Array {
    const isAfter = (index: number): boolean => this.modseqAt(index) > modseq;
    if (modseq < this.#rememberedFrom) return this.uids.map((_uid, index) => index).filter(isAfter);
    const indexes = this.#remembered.map((uid) => this.indexOf(uid)).filter((index) => index >= 0 && isAfter(index));
    return Uint32Array.from(new Set(indexes)).sort();
  }

  #remember(uids: Uint32Array): void {
    if (this.#remembered.length + uids.length <= changesRemembered) {
      this.#remembered.push(...uids);
      return;
    }
    this.#remembered = [];
    this.#rememberedFrom = this.modseq;
  }

  /** Index of a UID in the client's view, or -1. */
  indexOf(uid: number): number {
    const index = this.#lowerBound(uid);
    return index < this.#count && this.#uids[index] === uid ? index : -1;
  }

  /** First index whose UID is at least `uid`. */
  lowerBound(uid: number): number {
    return this.#lowerBound(uid);
  }

  /** Takes in what the store says; vanished messages stay until `release`. */
  apply(changes: MailboxChanges): { grew: boolean; changed: readonly number[] } {
    const gone = changes.vanished.filter((uid) => this.indexOf(uid) >= 0);
    const mayShare = this.#isShared && gone.length === 0 && this.#withheld.size === 0;
    const news = mayShare && changes.whole ? this.#adopt(changes.whole, changes.changed) : this.#applyOwn(changes);
    for (const uid of gone) this.#withheld.add(uid);
    this.#whole = changes.whole ?? null;
    this.modseq = Math.max(this.modseq, changes.highestModseq);
    this.uidNext = Math.max(this.uidNext, changes.uidNext);
    this.#remember(changes.changed.uids);
    if (this.#withheld.size === 0) this.#shareAgain();
    return news;
  }

  /** Goes back to the store's columns when the numbering is the same again. */
  #shareAgain(): void {
    if (!this.#isShared && this.#whole && isSame(this.#whole.uids, this.uids)) this.#look(this.#whole);
  }

  /** The store's columns hold all this already: only what changed must be found. */
  #adopt(whole: FlagColumns, { uids }: FlagColumns): { grew: boolean; changed: readonly number[] } {
    const grew = whole.uids.length > this.#count;
    this.#look(whole);
    return { grew, changed: Array.from(uids, (uid) => this.indexOf(uid)).filter((index) => index >= 0) };
  }

  #applyOwn(changes: MailboxChanges): { grew: boolean; changed: readonly number[] } {
    // What is copied now is newer than what was told: everything named has changed for the client.
    const isNews = this.#isShared
      ? () => true
      : (index: number, modseq: number) => (this.#modseqs[index] ?? 0) <= modseq;
    this.#own();
    return this.#applyColumns(changes.changed, isNews);
  }

  #look(whole: FlagColumns): void {
    this.#uids = whole.uids;
    this.#flagSets = whole.flagSets;
    this.#modseqs = whole.modseqs;
    this.#count = whole.uids.length;
    this.#isShared = true;
  }

  #own(): void {
    if (!this.#isShared) return;
    this.#uids = this.#uids.slice();
    this.#flagSets = this.#flagSets.slice();
    this.#modseqs = this.#modseqs.slice();
    this.#isShared = false;
  }

  /** Takes in the outcome of this session's own STORE; returns the indexes whose state differs from what was known. */
  applyStored(stored: FlagColumns, step: { modseqBefore: number; modseqAfter: number }): readonly number[] {
    // In shared columns it is so already, or will be true for all.
    const { changed } = this.#applyColumns(stored, (index, modseq) => (this.#modseqs[index] ?? 0) < modseq);
    this.#advance(step);
    this.#remember(stored.uids);
    return changed;
  }

  /** Takes in the outcome of this session's own EXPUNGE or MOVE. */
  applyVanished(uids: Uint32Array, step: { modseqBefore: number; modseqAfter: number }): void {
    for (const uid of uids) if (this.indexOf(uid) >= 0) this.#withheld.add(uid);
    this.#advance(step);
  }

  /** Gives up the withheld messages and says which sequence numbers they had: highest first. */
  release(): { expunged: number[]; vanished: number[] } {
    const expunged: number[] = [];
    const vanished: number[] = [];
    if (this.#withheld.size === 0) return { expunged, vanished };
    this.#own();
    let kept = 0;
    for (let index = 0; index < this.#count; index++) {
      const uid = this.#uids[index] ?? 0;
      if (this.#withheld.has(uid)) {
        expunged.push(index + 1);
        vanished.push(uid);
        continue;
      }
      this.#uids[kept] = uid;
      this.#flagSets[kept] = this.#flagSets[index] ?? 0;
      this.#modseqs[kept] = this.#modseqs[index] ?? 0;
      kept++;
    }
    this.#count = kept;
    this.#withheld.clear();
    this.#shareAgain();
    return { expunged: expunged.reverse(), vanished };
  }

  #advance(step: { modseqBefore: number; modseqAfter: number }): void {
    // A change of somebody else may lie between what we know and our own step: then read both back.
    if (step.modseqBefore <= this.modseq) this.modseq = Math.max(this.modseq, step.modseqAfter);
  }

  #applyColumns(
    columns: FlagColumns,
    isNews: (index: number, modseq: number) => boolean,
  ): { grew: boolean; changed: readonly number[] } {
    const { uids, flagSets, modseqs } = columns;
    const changed: number[] = [];
    const knownBefore = this.#count;
    let last = this.#count > 0 ? (this.#uids[this.#count - 1] ?? 0) : 0;
    for (let at = 0; at < uids.length; at++) {
      const uid = uids[at] ?? 0;
      if (uid > last && uid >= this.uidNext) {
        this.#push(uid, flagSets[at] ?? 0, modseqs[at] ?? 0);
        last = uid;
        changed.push(this.#count - 1);
        continue;
      }
      const index = this.indexOf(uid);
      if (index < 0 || !isNews(index, modseqs[at] ?? 0)) continue;
      this.#flagSets[index] = flagSets[at] ?? 0;
      this.#modseqs[index] = modseqs[at] ?? 0;
      changed.push(index);
    }
    return { grew: this.#count > knownBefore, changed };
  }

  #push(uid: number, flagSet: number, modseq: number): void {
    assert(!this.#isShared, "shared columns are the store's to lengthen");
    if (this.#count === this.#uids.length) this.#grow();
    assert(this.#count === 0 || (this.#uids[this.#count - 1] ?? 0) < uid, "UIDs ascend");
    this.#uids[this.#count] = uid;
    this.#flagSets[this.#count] = flagSet;
    this.#modseqs[this.#count] = modseq;
    this.#count++;
  }

  #grow(): void {
    const capacity = Math.max(16, this.#uids.length + (this.#uids.length >> 1));
    const uids = new Uint32Array(capacity);
    uids.set(this.#uids);
    const flagSets = new Uint32Array(capacity);
    flagSets.set(this.#flagSets);
    const modseqs = new Float64Array(capacity);
    modseqs.set(this.#modseqs);
    this.#uids = uids;
    this.#flagSets = flagSets;
    this.#modseqs = modseqs;
  }

  #lowerBound(uid: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#uids[middle] ?? 0) < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const isSame = (one: Uint32Array, other: Uint32Array): boolean =>
  one.length === other.length && one.every((uid, at) => uid === other[at]);
