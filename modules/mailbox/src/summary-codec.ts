import type { FlagColumns, FlagTable } from "@casaforte/imap";
import { assert } from "@casaforte/kernel";

/** Raised when the layout changes; summaries of another format are not read. */
export const summaryFormat = 1;

/** System flags and keywords of one combination, as the column of flags numbers them. */
export type FlagSet = readonly [bits: number, keywords: readonly string[]];

/**
 * Columns of a mailbox in few bytes: the number of messages, then UIDs and modseqs as differences to the one before and
 * flags as places in `flagSets`, each column as runs `value, length`. All numbers are varints, seven bits a byte, low ones
 * first; differences of modseqs are doubled, odd ones negative.
 */
export interface Summary {
  readonly packed: Buffer;
  readonly flagSets: readonly FlagSet[];
}

/** `table` is the one of the numbers in `flagSets`. */
export function encodeSummary({ uids, flagSets, modseqs }: FlagColumns, table: FlagTable): Summary {
  const writer = new RunWriter();
  const count = uids.length;
  writer.number(count);
  for (let row = 0, before = 0; row < count; row++) {
    const uid = uids[row] ?? 0;
    writer.add(uid - before);
    before = uid;
  }
  writer.endRun();
  const places = new Map<number, number>();
  for (let row = 0; row < count; row++) {
    const number = flagSets[row] ?? 0;
    const place = places.get(number) ?? places.size;
    places.set(number, place);
    writer.add(place);
  }
  writer.endRun();
  for (let row = 0, before = 0; row < count; row++) {
    const modseq = modseqs[row] ?? 0;
    writer.add(modseq >= before ? (modseq - before) * 2 : (before - modseq) * 2 - 1);
    before = modseq;
  }
  writer.endRun();
  const sets = [...places.keys()].map((number): FlagSet => {
    const { bits, keywords } = table.flags(number);
    return [bits, keywords];
  });
  return { packed: writer.bytes, flagSets: sets };
}

/** Numbers its flags by `table`. Throws on bytes that are no summary. */
export function decodeSummary({ packed, flagSets: sets }: Summary, table: FlagTable): FlagColumns {
  const reader = new RunReader(packed);
  const count = reader.number();
  // No run tells of more rows than all have: a count that lies ends at the end of the bytes.
  const columns = { uids: new Uint32Array(count), flagSets: new Uint32Array(count), modseqs: new Float64Array(count) };
  const numbers = sets.map(([bits, keywords]) => table.intern(bits, keywords));
  for (let row = 0, uid = 0; row < count; ) {
    const [step, end] = reader.run(row, count);
    for (; row < end; row++) columns.uids[row] = uid += step;
  }
  for (let row = 0; row < count; ) {
    const [place, end] = reader.run(row, count);
    const number = numbers[place];
    assert(number !== undefined, "a summary names the flags it uses");
    columns.flagSets.fill(number, row, end);
    row = end;
  }
  for (let row = 0, modseq = 0; row < count; ) {
    const [doubled, end] = reader.run(row, count);
    const step = doubled % 2 === 0 ? doubled / 2 : -(doubled + 1) / 2;
    for (; row < end; row++) columns.modseqs[row] = modseq += step;
  }
  return columns;
}

class RunWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #length = 0;
  #value = 0;
  #run = 0;

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  add(value: number): void {
    if (this.#run > 0 && value === this.#value) {
      this.#run++;
      return;
    }
    this.endRun();
    this.#value = value;
    this.#run = 1;
  }

  endRun(): void {
    if (this.#run === 0) return;
    this.number(this.#value);
    this.number(this.#run);
    this.#run = 0;
  }

  number(value: number): void {
    // Eight bytes hold 2^53, the double of any modseq below 2^52.
    if (this.#length + 8 > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2);
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) + 128;
    this.#bytes[this.#length++] = rest;
  }
}

class RunReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at++];
      assert(byte !== undefined, "a summary has all its bytes");
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  }

  /** A run's value, and the row behind its last. */
  run(row: number, count: number): [value: number, end: number] {
    const value = this.number();
    const end = row + this.number();
    assert(end > row && end <= count, "runs fill a summary");
    return [value, end];
  }
}
