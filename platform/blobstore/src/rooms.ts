import { alignedRoom } from "./direct.ts";

/** Buffers of one size that are used again, fit for direct reads and writes: a few that nobody uses are kept. */
export class Rooms {
  readonly #bytes: number;
  readonly #keptMax: number;
  readonly #free: Buffer<ArrayBuffer>[] = [];

  constructor(bytes: number, keptMax: number) {
    this.#bytes = bytes;
    this.#keptMax = keptMax;
  }

  /** With anything in it. */
  take(): Buffer<ArrayBuffer> {
    return this.#free.pop() ?? alignedRoom(this.#bytes);
  }

  /** Nobody may look at it any more. */
  give(room: Buffer<ArrayBuffer>): void {
    if (this.#free.length < this.#keptMax) this.#free.push(room);
  }
}
