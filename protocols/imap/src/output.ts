import type { Bytes, Connection } from "@casaforte/kernel";

/** Text gathered before it becomes bytes, and bytes gathered before they are written. */
const textBytesMax = 32_768;
const corkBytesMax = 131_072;

/**
 * Gathers responses and writes them in few pieces. Text is one character a byte. Nothing is sent before `flush`, except
 * when much has gathered; a command that prints without end awaits `pressure` now and then.
 */
export class Output {
  #connection: Connection;
  #text = "";
  #chunks: Bytes[] = [];
  #corkedBytes = 0;
  #full = false;
  /** Bytes written so far, for logs. */
  sentBytes = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Writes to another connection from now on; everything gathered was flushed. */
  use(connection: Connection): void {
    this.#connection = connection;
  }

  /** Adds text that ends its own lines. */
  text(text: string): void {
    this.#text += text;
    if (this.#text.length >= textBytesMax) this.#seal();
  }

  /** Adds a line. */
  line(text: string): void {
    this.#text += `${text}\r\n`;
    if (this.#text.length >= textBytesMax) this.#seal();
  }

  /** Adds bytes; they must not change afterwards. */
  bytes(bytes: Bytes): void {
    if (bytes.length === 0) return;
    this.#seal();
    this.#add(bytes);
  }

  /** Resolves at once unless the peer reads slower than we print. */
  async pressure(): Promise<void> {
    if (!this.#full) return;
    await this.#connection.drained();
    this.#full = false;
  }

  /** True when the caller should await `pressure`. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Writes everything gathered. */
  flush(): void {
    this.#seal();
    this.#write();
  }

  #seal(): void {
    if (this.#text === "") return;
    const bytes = Buffer.from(this.#text, "latin1");
    this.#text = "";
    this.#add(bytes);
  }

  #add(bytes: Bytes): void {
    this.#chunks.push(bytes);
    this.#corkedBytes += bytes.length;
    if (this.#corkedBytes >= corkBytesMax) this.#write();
  }

  #write(): void {
    if (this.#chunks.length === 0) return;
    const whole = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks, this.#corkedBytes);
    this.#chunks = [];
    this.sentBytes += this.#corkedBytes;
    this.#corkedBytes = 0;
    if (whole && !this.#connection.write(whole)) this.#full = true;
  }
}
