import { type Bytes, equalBytes, Failure, fromUtf8 } from "@casaforte/kernel";

/** Text that was read before, by who reads the same again and again. */
export class TextMemory {
  bytes: Bytes = new Uint8Array(0);
  text = "";
}

/** Reads hostile bytes: every overrun or oversized field is a Failure `corrupt`, code `arena.corrupt`. */
export class ByteReader {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes read so far. */
  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    this.#need(1);
    return this.#view.getUint8(this.#at++);
  }

  u32(): number {
    this.#need(4);
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  u64(): bigint {
    this.#need(8);
    this.#at += 8;
    return this.#view.getBigUint64(this.#at - 8, true);
  }

  i64(): bigint {
    this.#need(8);
    this.#at += 8;
    return this.#view.getBigInt64(this.#at - 8, true);
  }

  /** A safe integer no greater than `max`, in its shortest form. */
  varint(max: number, what: string): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && count > 0) throw corrupt(`${what}: overlong number`);
        if (value > max) throw corrupt(`${what}: ${value} exceeds ${max}`);
        return value;
      }
      scale *= 0x80;
    }
    throw corrupt(`${what}: number too long`);
  }

  /** A copy, so that a kept value does not keep the whole page alive. */
  raw(length: number): Uint8Array<ArrayBuffer> {
    this.#need(length);
    this.#at += length;
    // `from` would walk it byte by byte, and a Buffer's `slice` would copy nothing.
    const copy = new Uint8Array(length);
    copy.set(this.#bytes.subarray(this.#at - length, this.#at));
    return copy;
  }

  sized(max: number, what: string): Uint8Array<ArrayBuffer> {
    return this.raw(this.varint(max, what));
  }

  /** UTF-8 of a length before it. What the memory has already is not decoded again. */
  text(max: number, what: string, memory: TextMemory): string {
    const length = this.varint(max, what);
    this.#need(length);
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    if (!equalBytes(bytes, memory.bytes)) {
      memory.bytes = bytes.slice();
      memory.text = fromUtf8(bytes);
    }
    return memory.text;
  }

  end(what: string): void {
    if (this.left !== 0) throw corrupt(`${what}: ${this.left} bytes too many`);
  }

  #need(length: number): void {
    if (length > this.left) throw corrupt(`${length} bytes wanted, ${this.left} left`);
  }
}

/** The one failure of this format. */
export const corrupt = (message: string): Failure => new Failure("corrupt", "arena.corrupt", message);
