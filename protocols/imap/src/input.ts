import { assert, type Bytes, type Connection } from "@casaforte/kernel";
import { type Frame, Framer } from "./syntax/frames.ts";

/** Why a wait for input ended without input. */
export type Interruption = "closed" | "broken" | "timeout" | "shutdown" | "signed_out" | "outgrown";

/** Ends the session wherever it waits for the client. */
export class SessionEnd extends Error {
  override readonly name = "SessionEnd";
  readonly reason: Interruption;

  constructor(reason: Interruption) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * The client's bytes, pulled one piece at a time, so that TCP holds the client back while a command runs. One waiter at
 * a time; `wake` ends its wait early, which IDLE uses for hints and the session for its end.
 */
export class Input {
  #connection: Connection;
  readonly #framer = new Framer();
  #reading = false;
  #end: Interruption | null = null;
  #waiter: (() => void) | null = null;
  /** Somebody woke while nobody waited: the next wait ends at once. */
  #isWoken = false;
  /** Called before each wait: the place to write what was corked. */
  onWait: () => void = () => {};
  /** Counts pieces received: a watchdog compares it to see silence. */
  pieces = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Ends every wait, now and later. */
  interrupt(reason: Interruption): void {
    this.#end ??= reason;
    // What was sent before counts after any other end.
    if (reason === "signed_out") this.#framer.clear();
    this.wake();
  }

  wake(): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    this.#isWoken = waiter === null;
    waiter?.();
  }

  /** Whether the next command has at least begun to arrive: then its answer can share a write with this one's. */
  get hasMore(): boolean {
    return !this.#framer.isEmpty;
  }

  /** Listens for the client's end while a long answer runs; at most one piece more is buffered. */
  watch(): void {
    if (!this.#end) this.#pull();
  }

  /** @throws SessionEnd when the client went away or the session must end. */
  check(): void {
    if (this.#end) throw new SessionEnd(this.#end);
  }

  clear(): void {
    this.#framer.clear();
  }

  /** Whether a piece of the client's is on its way to us already. */
  get isReading(): boolean {
    return this.#reading;
  }

  /** Reads from another connection from now on; what came before is thrown away. No read is pending. */
  use(connection: Connection): void {
    assert(!this.#reading, "nobody reads while the connection is changed");
    this.clear();
    this.#connection = connection;
  }

  /** The next line. @throws SessionEnd. */
  async line(bytesMax: number): Promise<Frame> {
    for (;;) {
      const frame = this.#framer.takeLine(bytesMax);
      if (frame) return frame;
      await this.#wait();
    }
  }

  /** The next line, or null when `wake` came first. @throws SessionEnd. */
  async lineOrWake(bytesMax: number): Promise<Frame | null> {
    const frame = this.#framer.takeLine(bytesMax);
    if (frame) return frame;
    await this.#wait();
    return this.#framer.takeLine(bytesMax) ?? null;
  }

  /** A literal as a stream of pieces. @throws SessionEnd. */
  async *literal(sizeBytes: number): AsyncGenerator<Bytes, void, undefined> {
    let left = sizeBytes;
    while (left > 0) {
      const piece = this.#framer.takeLiteral(left);
      if (!piece) {
        await this.#wait();
        continue;
      }
      left -= piece.length;
      yield piece;
    }
  }

  async #wait(): Promise<void> {
    if (this.#end) throw new SessionEnd(this.#end);
    this.onWait();
    const woken = new Promise<void>((resolve) => {
      this.#waiter = resolve;
    });
    this.#pull();
    if (this.#isWoken) this.wake();
    await woken;
    if (this.#end && (this.#end === "signed_out" || this.#framer.isEmpty)) throw new SessionEnd(this.#end);
  }

  #pull(): void {
    if (this.#reading) return;
    this.#reading = true;
    this.#connection.read().then(
      (bytes) => {
        this.#reading = false;
        if (bytes === null) this.#end ??= "closed";
        else {
          this.pieces++;
          this.#framer.push(bytes);
        }
        this.wake();
      },
      () => {
        this.#reading = false;
        this.interrupt("broken");
      },
    );
  }
}
