import { connect, type Socket } from "node:net";

/** The smallest IMAP and SMTP client that can time a server: one connection, commands one after the other. */
export class LineClient {
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  #waiting: { until: Buffer; resolve: (bytes: number) => void } | null = null;
  #tag = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
      this.#look();
    });
  }

  static async open(host: string, port: number, greeting: string): Promise<LineClient> {
    const socket = connect(port, host);
    const client = new LineClient(socket);
    await client.until(greeting);
    return client;
  }

  #look(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    const at = this.#buffer.indexOf(waiting.until);
    if (at < 0) return;
    const end = this.#buffer.indexOf("\r\n", at + waiting.until.length - 2);
    if (end < 0) return;
    this.#waiting = null;
    const bytes = end + 2;
    this.#buffer = this.#buffer.subarray(bytes);
    waiting.resolve(bytes);
  }

  /** Waits for a line that begins with (or holds) this text. Returns the bytes read up to its end. */
  until(text: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting = { until: Buffer.from(text), resolve };
      this.#socket.once("close", () => reject(new Error(`closed while waiting for ${text}`)));
      this.#look();
    });
  }

  send(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  /** One IMAP command; resolves at its tagged OK with the bytes that came. */
  async command(text: string, literal?: Buffer): Promise<number> {
    const tag = `T${++this.#tag}`;
    if (literal) {
      this.send(`${tag} ${text} {${literal.length}+}\r\n`);
      this.send(Buffer.concat([literal, Buffer.from("\r\n")]));
    } else this.send(`${tag} ${text}\r\n`);
    return this.until(`${tag} OK`);
  }

  close(): void {
    this.#socket.destroy();
  }
}
