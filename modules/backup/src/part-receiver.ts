import type { Bytes } from "@casaforte/kernel";
import type { RoomReader } from "@casaforte/platform/net";
import { frameLength, frameLengthBytes, partFrameBytesMax } from "@casaforte/vault";
import { giveLargeRoom, roomBytes, takeLargeRoom } from "./gathered-body.ts";

export interface PartEvents {
  /** A frame came. Says how many bytes follow it; null when nobody understands it. */
  read(frame: Uint8Array): number | null;
  /** They can be taken now. */
  begin(): void;
  /** What came fits no protocol: nothing more is to be read. */
  spoil(): void;
  resume(): void;
}

const roomsMax = 2;
const spillBytes = 16 * 1024;

/**
 * The bytes of a connection that sends parts: a frame, the bytes of its part, and, once that was answered, the next frame.
 * They go straight into rooms: while one is in use the other is filled, and then the sender waits.
 */
export class PartReceiver implements RoomReader {
  readonly #events: PartEvents;
  readonly #frame = new Uint8Array(frameLengthBytes + partFrameBytesMax);
  #frameFilled = 0;
  #frameBytes = frameLengthBytes;
  #isAnswered = true;
  /** Bytes of the part that are still to come. */
  #remaining = 0;
  /** Whether somebody wants its bytes: before, they get no room, since he may yet be refused. */
  #isAsked = false;
  /** What comes of it is read and thrown away. */
  #isDropping = false;
  #rooms = 0;
  #free: Uint8Array[] = [];
  #filling: Uint8Array | null = null;
  #filled = 0;
  #ready: { readonly room: Uint8Array; readonly piece: Bytes }[] = [];
  #held: Uint8Array | null = null;
  #stale: Uint8Array | null = null;
  /** Where bytes go that come when no room is free: TLS gives what it has opened, paused or not. Then they wait in `left`. */
  #spill: Uint8Array | null = null;
  #isSpilling = false;
  #left: Bytes[] = [];
  #isPaused = false;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  constructor(events: PartEvents) {
    this.#events = events;
  }

  room(): Uint8Array {
    if (this.#stale !== null) giveLargeRoom(this.#stale);
    this.#stale = null;
    if (this.#remaining === 0) return this.#frame.subarray(this.#frameFilled, this.#frameBytes);
    this.#isSpilling = this.#isDropping || this.#left.length > 0 || !this.#hasRoom();
    if (!this.#isSpilling && this.#filling !== null)
      return this.#filling.subarray(this.#filled, Math.min(roomBytes, this.#filled + this.#remaining));
    this.#spill ??= new Uint8Array(spillBytes);
    return this.#spill.subarray(0, Math.min(spillBytes, this.#remaining));
  }

  took(count: number): boolean {
    if (this.#remaining === 0) return this.#tookFrame(count);
    this.#remaining -= count;
    if (!this.#isDropping && this.#isSpilling && this.#spill !== null) {
      this.#left.push(this.#spill.slice(0, count));
      this.#takeLeft();
    } else if (!this.#isDropping) {
      this.#filled += count;
      this.#turn();
    }
    const goesOn = this.#remaining === 0 ? this.#isAnswered : this.#isDropping || this.#hasRoom();
    this.#isPaused = !goesOn;
    return goesOn;
  }

  /** The bytes of the part that `begin` was told of; each piece is gone when the next one is asked for. */
  async *body(): AsyncGenerator<Bytes> {
    try {
      for (let piece = await this.#next(); piece !== null; piece = await this.#next()) yield piece;
    } finally {
      this.#drop();
    }
  }

  /** Its answer is on its way: what is left of the part is read and thrown away, and the next frame may come. */
  answered(): void {
    this.#isAnswered = true;
    this.#drop();
    this.#goOn();
  }

  /** The connection is gone. */
  end(): void {
    this.#failure ??= new Error("the connection was cut");
    this.#wake?.();
  }

  #tookFrame(count: number): boolean {
    this.#frameFilled += count;
    // Whoever sends the next part before he was answered would be read without end.
    if (!this.#isAnswered) return this.#spoil();
    if (this.#frameFilled < this.#frameBytes) return true;
    if (this.#frameBytes === frameLengthBytes) {
      const length = frameLength(this.#frame);
      if (length === 0 || length > partFrameBytesMax) return this.#spoil();
      this.#frameBytes += length;
      return true;
    }
    const frame = this.#frame.slice(frameLengthBytes, this.#frameBytes);
    const length = this.#events.read(frame);
    if (length === null) return this.#spoil();
    this.#frameFilled = 0;
    this.#frameBytes = frameLengthBytes;
    this.#isAnswered = false;
    this.#isDropping = false;
    this.#remaining = length;
    this.#isAsked = false;
    this.#isPaused = true;
    this.#events.begin();
    return !this.#isPaused;
  }

  #spoil(): false {
    this.#frameFilled = 0;
    this.#frameBytes = frameLengthBytes;
    this.#events.spoil();
    return false;
  }

  async #next(): Promise<Bytes | null> {
    this.#isAsked = true;
    if (this.#held !== null) this.#free.push(this.#held);
    this.#held = null;
    this.#takeLeft();
    this.#goOn();
    while (this.#ready.length === 0) {
      if (this.#remaining === 0 && this.#filling === null && this.#left.length === 0) return null;
      if (this.#failure !== null) throw this.#failure;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    const next = this.#ready.shift();
    this.#held = next?.room ?? null;
    return next?.piece ?? null;
  }

  #hasRoom(): boolean {
    if (!this.#isAsked) return false;
    this.#filling ??= this.#free.pop() ?? (this.#rooms < roomsMax ? this.#newRoom() : null);
    return this.#filling !== null;
  }

  #newRoom(): Uint8Array {
    this.#rooms++;
    return takeLargeRoom();
  }

  #takeLeft(): void {
    for (let piece = this.#left[0]; piece !== undefined && this.#hasRoom(); piece = this.#left[0]) {
      const taken = piece.subarray(0, roomBytes - this.#filled);
      this.#filling?.set(taken, this.#filled);
      this.#filled += taken.length;
      if (taken.length === piece.length) this.#left.shift();
      else this.#left[0] = piece.subarray(taken.length);
      this.#turn();
    }
  }

  /** Hands a full room over, or the last of a part. */
  #turn(): void {
    const isLast = this.#remaining === 0 && this.#left.length === 0;
    if (this.#filling === null || (this.#filled < roomBytes && !isLast)) return;
    this.#ready.push({ room: this.#filling, piece: this.#filling.subarray(0, this.#filled) });
    this.#filling = null;
    this.#filled = 0;
    this.#wake?.();
  }

  #goOn(): void {
    const mayGo = this.#remaining === 0 ? this.#isAnswered : this.#isDropping || this.#hasRoom();
    if (!this.#isPaused || !mayGo) return;
    this.#isPaused = false;
    this.#events.resume();
  }

  /** Gives the rooms back; the one that the connection writes to, when it has another. */
  #drop(): void {
    this.#isDropping = true;
    this.#stale ??= this.#filling;
    const rooms = [...this.#free, ...this.#ready.map(({ room }) => room), this.#held];
    for (const room of rooms) if (room !== null) giveLargeRoom(room);
    this.#rooms = 0;
    this.#free = [];
    this.#ready = [];
    this.#filling = null;
    this.#filled = 0;
    this.#held = null;
    this.#left = [];
    this.#goOn();
  }
}
