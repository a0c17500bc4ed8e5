import type { FlagColumns, FlagTable } from "@casaforte/imap";
import { mailboxLimits } from "./limits.ts";
import { rowOfUid } from "./row-of-uid.ts";

interface Note {
  readonly modseq: number;
  readonly uid: number;
}

/** What happened lately, complete from `floor` on; ascending by modseq as far as the database told it so. */
class Notes {
  #notes: Note[] = [];
  /** Everything above this modseq is here. */
  floor = 0;

  add(notes: readonly Note[]): void {
    for (const note of notes) this.#notes.push(note);
    const { changesKept } = mailboxLimits;
    if (this.#notes.length <= 2 * changesKept) return;
    this.#notes.sort((a, b) => a.modseq - b.modseq);
    const dropped = this.#notes.splice(0, this.#notes.length - changesKept);
    this.floor = Math.max(this.floor, dropped.at(-1)?.modseq ?? 0);
  }

  clear(floor: number): void {
    this.#notes = this.#notes.filter(({ modseq }) => modseq > floor);
    this.floor = Math.max(this.floor, floor);
  }

  /** UIDs noted above a modseq, ascending, each once; null when that is further back than the notes. */
  since(modseq: number): Uint32Array | null {
    if (modseq < this.floor) return null;
    const uids = new Set<number>();
    for (const note of this.#notes) if (note.modseq > modseq) uids.add(note.uid);
    return Uint32Array.from(uids).sort();
  }
}

/**
 * UIDs, flags and modseqs of a mailbox, 16 bytes a message, for every session that has it open. Flags change in place;
 * messages are added behind the end; when some go, new arrays are made, so that a session which has not told its client
 * yet keeps the numbering it had.
 */
export class ViewColumns {
  #uids: Uint32Array = new Uint32Array(0);
  #flagSets: Uint32Array = new Uint32Array(0);
  #modseqs: Float64Array = new Float64Array(0);
  #count = 0;
  #whole: FlagColumns | null = null;
  readonly #changed = new Notes();
  readonly #vanished = new Notes();

  get count(): number {
    return this.#count;
  }

  /** All messages: a window on the arrays, to be looked at and never written. */
  get whole(): FlagColumns {
    this.#whole ??= {
      uids: this.#uids.subarray(0, this.#count),
      flagSets: this.#flagSets.subarray(0, this.#count),
      modseqs: this.#modseqs.subarray(0, this.#count),
    };
    return this.#whole;
  }

  /** State of messages changed after a modseq. */
  changedSince(modseq: number): FlagColumns {
    const noted = this.#changed.since(modseq);
    const rows: number[] = [];
    if (noted) {
      for (const uid of noted) {
        const row = this.#rowOf(uid);
        if (row >= 0 && (this.#modseqs[row] ?? 0) > modseq) rows.push(row);
      }
    } else for (let row = 0; row < this.#count; row++) if ((this.#modseqs[row] ?? 0) > modseq) rows.push(row);
    return {
      uids: Uint32Array.from(rows, (row) => this.#uids[row] ?? 0),
      flagSets: Uint32Array.from(rows, (row) => this.#flagSets[row] ?? 0),
      modseqs: Float64Array.from(rows, (row) => this.#modseqs[row] ?? 0),
    };
  }

  /** UIDs that went after a modseq; null when the database must be asked. */
  vanishedSince(modseq: number): Uint32Array | null {
    return this.#vanished.since(modseq);
  }

  /** All messages anew, in columns that nobody else writes to. */
  fill({ uids, flagSets, modseqs }: FlagColumns): void {
    [this.#uids, this.#flagSets, this.#modseqs, this.#count] = [uids, flagSets, modseqs, uids.length];
    this.#whole = null;
  }

  /** Takes in states of messages; only UIDs from `newFrom` on can be new ones. `noted`: as changes of now. */
  take({ uids, flagSets, modseqs }: FlagColumns, how: { readonly newFrom: number; readonly noted: boolean }): void {
    const notes: Note[] = [];
    for (let at = 0; at < uids.length; at++) {
      const [uid, modseq] = [uids[at] ?? 0, modseqs[at] ?? 0];
      let row = this.#rowOf(uid);
      if (row < 0) {
        if (uid < how.newFrom || uid <= (this.#uids[this.#count - 1] ?? 0)) continue;
        row = this.#append(uid);
      } else if ((this.#modseqs[row] ?? 0) >= modseq) continue;
      this.#flagSets[row] = flagSets[at] ?? 0;
      this.#modseqs[row] = modseq;
      if (how.noted) notes.push({ modseq, uid });
    }
    this.#changed.add(notes);
  }

  /** Takes messages out. */
  remove(gone: readonly Note[]): void {
    if (gone.length === 0) return;
    this.#vanished.add(gone);
    const uids = new Set(gone.map(({ uid }) => uid).filter((uid) => this.#rowOf(uid) >= 0));
    if (uids.size === 0) return;
    const [oldUids, oldFlagSets, oldModseqs, oldCount] = [this.#uids, this.#flagSets, this.#modseqs, this.#count];
    this.#allocate(oldCount - uids.size);
    let kept = 0;
    for (let row = 0; row < oldCount; row++) {
      const uid = oldUids[row] ?? 0;
      if (uids.has(uid)) continue;
      this.#uids[kept] = uid;
      this.#flagSets[kept] = oldFlagSets[row] ?? 0;
      this.#modseqs[kept] = oldModseqs[row] ?? 0;
      kept++;
    }
    this.#count = kept;
    this.#whole = null;
  }

  /** UIDs of the messages whose system flags have this bit, ascending. `table` is the one of the flag numbers. */
  withBit(table: FlagTable, bit: number): Uint32Array {
    const has = Uint8Array.from({ length: table.size }, (_, number) => table.flags(number).bits & bit);
    const found = new Uint32Array(this.#count);
    let count = 0;
    for (let row = 0; row < this.#count; row++)
      if (has[this.#flagSets[row] ?? 0] !== 0) found[count++] = this.#uids[row] ?? 0;
    return found.slice(0, count);
  }

  /** Nothing up to this modseq is remembered as a change. */
  forget(modseq: number): void {
    this.#changed.clear(modseq);
    this.#vanished.clear(modseq);
  }

  clear(modseq: number): void {
    this.#allocate(0);
    this.#count = 0;
    this.#whole = null;
    this.forget(modseq);
  }

  #append(uid: number): number {
    if (this.#count === this.#uids.length) {
      const [uids, flagSets, modseqs] = [this.#uids, this.#flagSets, this.#modseqs];
      this.#allocate(this.#count + 1);
      this.#uids.set(uids);
      this.#flagSets.set(flagSets);
      this.#modseqs.set(modseqs);
    }
    this.#uids[this.#count] = uid;
    this.#whole = null;
    return this.#count++;
  }

  /** With some room to grow. */
  #allocate(count: number): void {
    const capacity = count + Math.max(16, count >> 3);
    this.#uids = new Uint32Array(capacity);
    this.#flagSets = new Uint32Array(capacity);
    this.#modseqs = new Float64Array(capacity);
  }

  #rowOf(uid: number): number {
    return rowOfUid(this.#uids, this.#count, uid);
  }
}
