import type { Bytes } from "@casaforte/kernel";

const dot = 46;
const lineFeed = 10;
const dotBytes = Buffer.from(".");

/**
 * Doubles dots that begin a line (RFC 1939 §3) in a stream of pieces; the result does not depend on the pieces. `end`
 * completes an unended last line and adds the closing dot.
 */
export class DotStuffer {
  #atLineStart = true;
  #last = lineFeed;

  /** The piece as slices of itself and dots between them; nothing is copied. */
  *push(piece: Bytes): Generator<Bytes, void, undefined> {
    if (piece.length === 0) return;
    let from = 0;
    for (let at = piece.indexOf(dot); at >= 0; at = piece.indexOf(dot, at + 1)) {
      const begins = at === 0 ? this.#atLineStart : piece[at - 1] === lineFeed;
      if (!begins) continue;
      if (at > from) yield piece.subarray(from, at);
      yield dotBytes;
      from = at;
    }
    yield from === 0 ? piece : piece.subarray(from);
    this.#last = piece[piece.length - 1] ?? 0;
    this.#atLineStart = this.#last === lineFeed;
  }

  end(): Bytes {
    return Buffer.from(this.#last === lineFeed ? ".\r\n" : "\r\n.\r\n");
  }
}

/** Lets the header, the empty line and a number of body lines through (TOP, RFC 1939 §7), then is done. */
export class TopFilter {
  #linesLeft: number;
  #inHeader = true;
  #lineIsEmpty = true;
  isDone = false;

  constructor(lines: number) {
    this.#linesLeft = lines;
  }

  /** The part of the piece that belongs to the answer. */
  push(piece: Bytes): Bytes {
    let from = 0;
    while (!this.isDone) {
      const at = piece.indexOf(lineFeed, from);
      const end = at < 0 ? piece.length : at;
      for (let index = from; index < end && this.#lineIsEmpty; index++)
        if (piece[index] !== 13) this.#lineIsEmpty = false;
      if (at < 0) return piece;
      from = at + 1;
      this.#endLine();
    }
    return piece.subarray(0, from);
  }

  #endLine(): void {
    if (this.#inHeader) this.#inHeader = !this.#lineIsEmpty;
    else this.#linesLeft--;
    this.#lineIsEmpty = true;
    if (!this.#inHeader && this.#linesLeft <= 0) this.isDone = true;
  }
}
