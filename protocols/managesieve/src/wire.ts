import type { Connection } from "@casaforte/kernel";
import { type Command, type ReadBounds, readCommand } from "./read-command.ts";

/** Ends the session wherever it waits. */
export class SessionEnd extends Error {
  override readonly name = "SessionEnd";
  readonly reason: "closed" | "broken" | "timeout" | "shutdown" | "lost" | "logout" | "signed_out";

  constructor(reason: SessionEnd["reason"], message = reason as string) {
    super(message);
    this.reason = reason;
  }
}

/** Commands in, replies out. */
export class Wire {
  readonly #connection: Connection;
  #buffered = "";
  #end: SessionEnd["reason"] | null = null;
  #wake: (() => void) | null = null;
  #reading = false;
  /** Pieces received: a watchdog compares them to see silence. */
  pieces = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  interrupt(reason: SessionEnd["reason"]): void {
    this.#end ??= reason;
    if (reason === "signed_out") this.clear();
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  /** Forgets what was received and not read: before the TLS handshake nothing counts. */
  clear(): void {
    this.#buffered = "";
  }

  /** The next command, or why it is refused. @throws SessionEnd. */
  async command(bounds: ReadBounds): Promise<Command | { readonly refusal: string }> {
    for (;;) {
      const result = readCommand(this.#buffered, bounds);
      if (result.kind === "lost") throw new SessionEnd("lost", result.reason);
      if (result.kind === "command" || result.kind === "bad") {
        this.#buffered = this.#buffered.slice(result.usedBytes);
        return result.kind === "command" ? result.command : { refusal: result.reason };
      }
      await this.#more();
    }
  }

  async send(text: string): Promise<void> {
    if (!this.#connection.write(Buffer.from(text, "utf8"))) await this.#connection.drained();
  }

  async #more(): Promise<void> {
    if (this.#end) throw new SessionEnd(this.#end);
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#pull();
    await woken;
    if (this.#end) throw new SessionEnd(this.#end);
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
