import type { Bytes } from "@casaforte/kernel";

const pieceBytes = 65_536;
/** Most answers are short, and fresh memory costs more than printing into it. */
const firstPieceBytes = 4_096;
/** No line of columns is longer, flags apart: those are checked on their own. */
const marginBytes = 256;

/**
 * Builds short lines straight into bytes: FETCH FLAGS of a large mailbox is bound by this, and joining strings costs
 * several times as much.
 */
export class LineBuffer {
  readonly #sink: (bytes: Bytes) => void;
  #bytes: Buffer = Buffer.allocUnsafe(firstPieceBytes);
  #at = 0;

  /** `sink` gets each full piece to keep. */
  constructor(sink: (bytes: Bytes) => void) {
    this.#sink = sink;
  }

  /** US-ASCII text of at most 256 characters. */
  ascii(text: string): void {
    if (this.#at + marginBytes > this.#bytes.length) this.#renew();
    const bytes = this.#bytes;
    let at = this.#at;
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index);
    this.#at = at;
  }

  /** A whole number of at most 2^53 - 1 in decimal. */
  number(value: number): void {
    if (value > 0x7fff_ffff) {
      this.ascii(String(value));
      return;
    }
    if (this.#at + marginBytes > this.#bytes.length) this.#renew();
    let digits = 1;
    for (let bound = 10; value >= bound; bound *= 10) digits++;
    const bytes = this.#bytes;
    let left = value | 0;
    for (let at = this.#at + digits - 1; at >= this.#at; at--) {
      const next = (left / 10) | 0;
      bytes[at] = 48 + left - next * 10;
      left = next;
    }
    this.#at += digits;
  }

  /** Any bytes; copied. */
  raw(bytes: Bytes): void {
    if (this.#at + bytes.length > this.#bytes.length) this.#renew();
    if (bytes.length > this.#bytes.length) {
      this.#sink(bytes.slice());
      return;
    }
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Gives away what was printed; the rest of the memory is still ours. */
  flush(): void {
    if (this.#at === 0) return;
    this.#sink(this.#bytes.subarray(0, this.#at));
    this.#bytes = this.#bytes.subarray(this.#at);
    this.#at = 0;
  }

  #renew(): void {
    this.flush();
    this.#bytes = Buffer.allocUnsafe(pieceBytes);
  }
}
