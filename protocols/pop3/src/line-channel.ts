import type { Bytes, Connection } from "@casaforte/kernel";

const corkBytesMax = 65_536;

/** Ends the session wherever it waits. */
export class SessionEnd extends Error {
  override readonly name = "SessionEnd";
  readonly reason: "closed" | "broken" | "timeout" | "shutdown" | "signed_out";

  constructor(reason: SessionEnd["reason"]) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * Lines in, corked bytes out. Output is written before each wait for input, so that answers to pipelined commands share
 * a write. The same lines come out for any split of the stream.
 */
export class LineChannel {
  readonly #connection: Connection;
  readonly #lineBytesMax: number;
  #buffered = "";
  #skipping = false;
  #reading = false;
  #end: SessionEnd["reason"] | null = null;
  #wake: (() => void) | null = null;
  #out: Bytes[] = [];
  #outBytes = 0;
  #full = false;
  /** Pieces received and bytes sent: a watchdog compares them to see silence. */
  pieces = 0;
  sentBytes = 0;

  constructor(connection: Connection, lineBytesMax: number) {
    this.#connection = connection;
    this.#lineBytesMax = lineBytesMax;
  }

  interrupt(reason: SessionEnd["reason"]): void {
    this.#end ??= reason;
    if (reason === "signed_out") this.clear();
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  /** Forgets what was received and not read (RFC 2595 §4: before the TLS handshake nothing counts). */
  clear(): void {
    this.#buffered = "";
    this.#skipping = false;
  }

  /** The next line, one character a byte; null when it was too long. @throws SessionEnd. */
  async line(): Promise<string | null> {
    for (;;) {
      const end = this.#buffered.indexOf("\n");
      if (end >= 0) {
        const line = this.#buffered.slice(0, end).replace(/\r$/, "");
        this.#buffered = this.#buffered.slice(end + 1);
        const tooLong = this.#skipping || line.length > this.#lineBytesMax;
        this.#skipping = false;
        return tooLong ? null : line;
      }
      if (this.#buffered.length > this.#lineBytesMax + 1) {
        this.#skipping = true;
        this.#buffered = "";
      }
      await this.#wait();
    }
  }

  /** @throws SessionEnd when the session must end. */
  check(): void {
    if (this.#end) throw new SessionEnd(this.#end);
  }

  /** Listens for the client's end while a long answer runs. */
  watch(): void {
    if (!this.#end) this.#pull();
  }

  send(text: string): void {
    this.sendBytes(Buffer.from(`${text}\r\n`, "latin1"));
  }

  sendBytes(bytes: Bytes): void {
    if (bytes.length === 0) return;
    this.#out.push(bytes);
    this.#outBytes += bytes.length;
    if (this.#outBytes >= corkBytesMax) this.flush();
  }

  flush(): void {
    if (this.#out.length === 0) return;
    const whole = Buffer.concat(this.#out, this.#outBytes);
    this.#out = [];
    this.#outBytes = 0;
    this.sentBytes += whole.length;
    if (!this.#connection.write(whole)) this.#full = true;
  }

  /** Resolves at once unless the peer reads slower than we send. */
  async pressure(): Promise<void> {
    if (!this.#full) return;
    await this.#connection.drained();
    this.#full = false;
  }

  async #wait(): Promise<void> {
    this.check();
    this.flush();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#pull();
    await woken;
    if (this.#buffered === "") this.check();
  }

  #pull(): void {
    if (this.#reading) return;
    this.#reading = true;
    this.#connection.read().then(
      (bytes) => {
        this.#reading = false;
        if (bytes === null) return this.interrupt("closed");
        this.pieces++;
        this.#buffered += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
        const wake = this.#wake;
        this.#wake = null;
        wake?.();
      },
      () => {
        this.#reading = false;
        this.interrupt("broken");
      },
    );
  }
}
