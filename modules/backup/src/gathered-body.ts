import type { Readable } from "node:stream";
import { type Bytes, discardBytes } from "@casaforte/kernel";

/** Room for pieces of a body; a few that nobody uses are kept, since fresh pages cost more than what is copied into them. */
export const roomBytes = 1024 * 1024;
const roomsKeptMax = 8;
const rooms: Uint8Array[] = [];

export const takeLargeRoom = (): Uint8Array => rooms.pop() ?? Buffer.allocUnsafeSlow(roomBytes);

/** Nobody may look at it any more. */
export function giveLargeRoom(room: Uint8Array): void {
  if (rooms.length < roomsKeptMax) rooms.push(room);
}

/** For requests that are no parts. */
const smallRoomBytes = 64 * 1024;

/**
 * A request's body of so many announced bytes in fewer and larger pieces than the socket gives; each is gone when the next
 * one is asked for. While one is in use the next is filled, and then the sender waits. What stands behind it awaits every
 * piece several times over, which cost more than the copy does. Whoever leaves early leaves the rest unread.
 * @throws what broke the body; an Error for one that was cut.
 */
export async function* gathered(body: Readable, lengthBytes: number): AsyncGenerator<Bytes> {
  using gathering = new Gathering(body, lengthBytes >= roomBytes);
  for (let piece = await gathering.next(); piece !== null; piece = await gathering.next()) yield piece;
}

class Gathering implements Disposable {
  readonly #body: Readable;
  readonly #isLarge: boolean;
  #room: Uint8Array;
  #filled = 0;
  /** In use, or to be filled next. */
  #other: Uint8Array | null = null;
  /** What found no room, the first from `#leftAt` on. */
  readonly #left: Bytes[] = [];
  #leftAt = 0;
  #hasEnded = false;
  #failure: { readonly error: unknown } | null = null;
  #wake: (() => void) | null = null;

  constructor(body: Readable, isLarge: boolean) {
    this.#body = body;
    this.#isLarge = isLarge;
    this.#room = this.#newRoom();
    this.#hasEnded = body.readableEnded;
    if (body.destroyed) this.#onClose();
    body.on("data", this.#onData).on("end", this.#onEnd).on("error", this.#onError).on("close", this.#onClose);
  }

  /** Null at the end. */
  async next(): Promise<Bytes | null> {
    while (this.#filled < this.#room.length && !this.#hasEnded && this.#failure === null)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#filled === 0) return null;
    const piece = this.#room.subarray(0, this.#filled);
    const next = this.#other ?? this.#newRoom();
    this.#other = this.#room;
    this.#room = next;
    this.#filled = 0;
    this.#fill();
    if (this.#left.length === 0) this.#body.resume();
    return piece;
  }

  [Symbol.dispose](): void {
    const body = this.#body.pause();
    body.off("data", this.#onData).off("end", this.#onEnd).off("error", this.#onError).off("close", this.#onClose);
    if (!this.#isLarge) return;
    for (const room of [this.#room, this.#other]) if (room !== null) giveLargeRoom(room);
  }

  #newRoom(): Uint8Array {
    return this.#isLarge ? takeLargeRoom() : Buffer.allocUnsafeSlow(smallRoomBytes);
  }

  /** Copies what came as far as there is room. */
  #fill(): void {
    for (let piece = this.#left[0]; piece !== undefined && this.#filled < this.#room.length; piece = this.#left[0]) {
      const count = Math.min(piece.length - this.#leftAt, this.#room.length - this.#filled);
      this.#room.set(piece.subarray(this.#leftAt, this.#leftAt + count), this.#filled);
      this.#filled += count;
      this.#leftAt += count;
      if (this.#leftAt < piece.length) break;
      this.#left.shift();
      this.#leftAt = 0;
      discardBytes(piece);
    }
    if (this.#filled === this.#room.length) this.#turn();
  }

  #turn(): void {
    this.#wake?.();
    this.#wake = null;
  }

  readonly #onData = (piece: Bytes): void => {
    this.#left.push(piece);
    this.#fill();
    if (this.#left.length > 0) this.#body.pause();
  };

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    this.#turn();
  };

  readonly #onError = (error: unknown): void => {
    this.#failure ??= { error };
    this.#turn();
  };

  readonly #onClose = (): void => {
    if (!this.#hasEnded) this.#onError(new Error("the body was cut"));
  };
}
