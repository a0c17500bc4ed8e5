import type { Bytes } from "@casaforte/kernel";

/** The announcement of a literal at the end of a line (RFC 9051 §9, RFC 7888, RFC 6855 for `~`). */
export interface LiteralMark {
  readonly sizeBytes: number;
  /** The client waits for `+` before it sends the bytes. */
  readonly synchronizing: boolean;
}

export type Frame =
  /** A line without its end, one character a byte; `literal` when bytes follow. */
  | { readonly kind: "line"; readonly text: string; readonly literal: LiteralMark | null }
  /** A line longer than allowed; it was thrown away up to its end. */
  | { readonly kind: "line_too_long" };

/**
 * Cuts a byte stream into lines and literals. Pure: the frames do not depend on how the stream was split. Literals are
 * taken with `takeLiteral`, so that a message can stream through.
 */
export class Framer {
  #chunks: Bytes[] = [];
  /** Bytes of the first chunk already taken. */
  #offset = 0;
  /** Chunks before this one hold no LF: a slow line is not searched again. */
  #searched = 0;
  /** Bytes of the chunks before `#searched`. */
  #searchedBytes = 0;
  #skipping = false;

  push(chunk: Bytes): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  /** True when nothing at all is buffered. */
  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Forgets everything (RFC 9051 §6.2.1: what came before the TLS handshake does not count). */
  clear(): void {
    this.#chunks = [];
    this.#offset = 0;
    this.#searched = 0;
    this.#searchedBytes = 0;
    this.#skipping = false;
  }

  /** The next line, or undefined until more bytes came. */
  takeLine(bytesMax: number): Frame | undefined {
    while (this.#searched < this.#chunks.length) {
      const chunk = this.#chunks[this.#searched] as Bytes;
      const from = this.#searched === 0 ? this.#offset : 0;
      const at = chunk.indexOf(10, from);
      const lengthBytes = this.#searchedBytes + (at < 0 ? chunk.length : at) - from;
      if (at >= 0) {
        const tooLong = this.#skipping || lengthBytes > bytesMax + 1;
        const text = tooLong ? "" : this.#text(this.#searched, at);
        this.#drop(this.#searched, at + 1);
        this.#skipping = false;
        return tooLong ? { kind: "line_too_long" } : lineFrame(text, bytesMax);
      }
      if (this.#skipping || lengthBytes > bytesMax + 1) {
        this.#skipping = true;
        this.#drop(this.#searched, chunk.length);
        continue;
      }
      this.#searchedBytes = lengthBytes;
      this.#searched++;
    }
    return undefined;
  }

  /** Up to `bytesMax` bytes of a literal; undefined until more bytes came. Never empty. */
  takeLiteral(bytesMax: number): Bytes | undefined {
    const chunk = this.#chunks[0];
    if (!chunk || bytesMax === 0) return undefined;
    const end = Math.min(chunk.length, this.#offset + bytesMax);
    const bytes = chunk.subarray(this.#offset, end);
    this.#drop(0, end);
    return bytes;
  }

  #text(last: number, end: number): string {
    let text = "";
    for (let index = 0; index <= last; index++) {
      const chunk = this.#chunks[index] as Bytes;
      const from = index === 0 ? this.#offset : 0;
      text += latin1(chunk.subarray(from, index === last ? end : chunk.length));
    }
    return text;
  }

  #drop(index: number, end: number): void {
    const chunk = this.#chunks[index] as Bytes;
    const whole = end >= chunk.length;
    this.#chunks.splice(0, whole ? index + 1 : index);
    this.#offset = whole ? 0 : end;
    this.#searched = 0;
    this.#searchedBytes = 0;
  }
}

/** Bytes as characters U+0000 to U+00FF. */
export function latin1(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

const literalMark = /~?\{(\d{1,10})(\+?)\}$/;

function lineFrame(withEnd: string, bytesMax: number): Frame {
  const text = withEnd.endsWith("\r") ? withEnd.slice(0, -1) : withEnd;
  if (text.length > bytesMax) return { kind: "line_too_long" };
  const mark = text.endsWith("}") ? literalMark.exec(text) : null;
  if (!mark) return { kind: "line", text, literal: null };
  const literal = { sizeBytes: Number(mark[1]), synchronizing: mark[2] === "" };
  return { kind: "line", text: text.slice(0, mark.index), literal };
}
