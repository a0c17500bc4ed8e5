/**
 * UUIDs numbered from 0 in the order in which they came: 24 to 32 bytes each, where a Map of texts takes some hundred. An id
 * is four words of 32 bits, the first ones first.
 */
export class IdTable {
  #words = new Uint32Array(4 * 16);
  /** Number + 1 by hash, 0 where there is none; at most half of the slots are taken. */
  #slots = new Uint32Array(32);
  #count = 0;

  get count(): number {
    return this.#count;
  }
  get bytes(): number {
    return this.#words.byteLength + this.#slots.byteLength;
  }

  /** The number of an id; a new one when it is not there. */
  add(a: number, b: number, c: number, d: number): number {
    const words = this.#words;
    const mask = this.#slots.length - 1;
    let slot = hashOf(a, b, c, d) & mask;
    for (let found = this.#slots[slot] ?? 0; found > 0; found = this.#slots[slot] ?? 0) {
      const at = 4 * (found - 1);
      if (words[at + 3] === d && words[at + 2] === c && words[at + 1] === b && words[at] === a) return found - 1;
      slot = (slot + 1) & mask;
    }
    const number = this.#count++;
    if (2 * this.#count > this.#slots.length || 4 * this.#count > words.length) {
      this.#grow(number);
      slot = this.#freeSlot(a, b, c, d);
    }
    const at = 4 * number;
    this.#words[at] = a;
    this.#words[at + 1] = b;
    this.#words[at + 2] = c;
    this.#words[at + 3] = d;
    this.#slots[slot] = number + 1;
    return number;
  }

  /** Adds the id of a number of another table. */
  addFrom(other: IdTable, number: number): number {
    const [words, at] = [other.#words, 4 * number];
    return this.add(words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0);
  }

  #grow(kept: number): void {
    if (4 * this.#count > this.#words.length) {
      const words = new Uint32Array(4 * (this.#count + (this.#count >> 2)));
      words.set(this.#words.subarray(0, 4 * kept));
      this.#words = words;
    }
    if (2 * this.#count <= this.#slots.length) return;
    this.#slots = new Uint32Array(2 * this.#slots.length);
    const words = this.#words;
    for (let at = 0; at < 4 * kept; at += 4) {
      const slot = this.#freeSlot(words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0);
      this.#slots[slot] = at / 4 + 1;
    }
  }

  #freeSlot(a: number, b: number, c: number, d: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(a, b, c, d) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    return slot;
  }
}

/** Ids are time and chance; the chance is in the last words. */
const hashOf = (a: number, b: number, c: number, d: number): number =>
  (Math.imul(d, 0x9e3779b1) ^ Math.imul(c, 0x85ebca6b) ^ Math.imul(b, 0xc2b2ae35) ^ a) >>> 0;

const hex = (word: number): string => word.toString(16).padStart(8, "0");

/** The text of the id that begins at a place of these words. */
export function idText(words: Uint32Array, at: number): string {
  const [a = 0, b = 0, c = 0, d = 0] = words.subarray(at, at + 4);
  const [second, third] = [hex(b), hex(c)];
  return `${hex(a)}-${second.slice(0, 4)}-${second.slice(4)}-${third.slice(0, 4)}-${third.slice(4)}${hex(d)}`;
}

/** The four words of an id in lower case, as the program writes them. */
export function idWords(id: string): readonly [number, number, number, number] {
  const digits = id.replaceAll("-", "");
  const word = (at: number): number => Number.parseInt(digits.slice(at, at + 8), 16);
  return [word(0), word(8), word(16), word(24)];
}
