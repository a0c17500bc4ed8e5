import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { HostPort } from "../tests/support/product.ts";

/** Bytes at the end of what came that may hold the line we wait for. */
const tailBytes = 1024;

/**
 * A connection that waits for one line at a time and looks only at the end of what came, so that the client costs the
 * same little whatever the server sends. What came is kept only when asked for.
 */
class Wire {
  readonly #socket: Socket;
  #tail = "";
  #kept: Buffer[] | null = null;
  #bytes = 0;
  #waiting: { pattern: RegExp; resolve(found: RegExpExecArray): void; reject(error: Error): void } | null = null;
  #ended: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(new Error("the server closed the connection")));
  }

  static async open({ host, port }: HostPort, greeting: RegExp): Promise<Wire> {
    const socket = connect({ host, port });
    const wire = new Wire(socket);
    const greeted = wire.until(greeting);
    await Promise.all([once(socket, "connect"), greeted]);
    return wire;
  }

  get bytes(): number {
    return this.#bytes;
  }

  keep(): void {
    this.#kept = [];
  }

  kept(): string {
    const text = Buffer.concat(this.#kept ?? []).toString("latin1");
    this.#kept = null;
    return text;
  }

  send(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  /** Call it before sending: it forgets what came earlier. */
  until(pattern: RegExp): Promise<RegExpExecArray> {
    this.#tail = "";
    return new Promise((resolve, reject) => {
      if (this.#ended) reject(this.#ended);
      else this.#waiting = { pattern, resolve, reject };
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#kept?.push(chunk);
    this.#tail =
      chunk.length >= tailBytes
        ? chunk.toString("latin1", chunk.length - tailBytes)
        : (this.#tail + chunk.toString("latin1")).slice(-tailBytes);
    const found = this.#waiting?.pattern.exec(this.#tail);
    if (!found) return;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(found);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#waiting?.reject(this.#ended);
    this.#waiting = null;
  }
}

/** The smallest IMAP client that can time a server: commands one after the other, answers not parsed. */
export class ImapClient {
  readonly #wire: Wire;
  #tag = 0;

  private constructor(wire: Wire) {
    this.#wire = wire;
  }

  static async open(server: HostPort, user: string, password: string): Promise<ImapClient> {
    const client = new ImapClient(await Wire.open(server, /^\* OK[^\n]*\r\n$/));
    await client.command(`LOGIN "${user}" "${password}"`);
    return client;
  }

  /** Resolves with the bytes of the answer. @throws Error when the server says NO or BAD. */
  async command(text: string, literal?: Buffer): Promise<number> {
    const tag = `Q${++this.#tag}`;
    const before = this.#wire.bytes;
    const done = this.#wire.until(new RegExp(`(?:^|\\r\\n)${tag} (OK|NO|BAD)[^\\r\\n]*\\r\\n$`));
    this.#wire.send(
      literal
        ? Buffer.concat([Buffer.from(`${tag} ${text} {${literal.length}+}\r\n`), literal, Buffer.from("\r\n")])
        : `${tag} ${text}\r\n`,
    );
    const found = await done;
    if (found[1] !== "OK") throw new Error(`${text.slice(0, 80)}: ${found[0].trim()}`);
    return this.#wire.bytes - before;
  }

  /** As `command`, and gives the answer's text. */
  async ask(text: string): Promise<string> {
    this.#wire.keep();
    await this.command(text);
    return this.#wire.kept();
  }

  /** Makes a mailbox of this name that is new and empty. */
  async fresh(mailbox: string): Promise<void> {
    await this.command(`DELETE ${mailbox}`).catch(() => {});
    await this.command(`CREATE ${mailbox}`);
  }

  append(mailbox: string, message: Buffer): Promise<number> {
    return this.command(`APPEND ${mailbox} (\\Answered) "01-Feb-2026 10:00:00 +0000"`, message);
  }

  /** Begins IDLE and resolves when the server waits. */
  async idle(): Promise<void> {
    const waits = this.#wire.until(/(?:^|\r\n)\+[^\r\n]*\r\n$/);
    this.#wire.send(`Q${++this.#tag} IDLE\r\n`);
    await waits;
  }

  /** Resolves when the next untagged EXISTS has come. */
  async exists(): Promise<void> {
    await this.#wire.until(/\* \d+ EXISTS\r\n/);
  }

  async logout(): Promise<void> {
    await this.command("LOGOUT").catch(() => {});
    this.#wire.close();
  }

  close(): void {
    this.#wire.close();
  }
}

/** One SMTP or LMTP sender; the envelope is pipelined, as real senders do. */
export class MailSender {
  readonly #wire: Wire;

  private constructor(wire: Wire) {
    this.#wire = wire;
  }

  static async open(server: HostPort, protocol: "smtp" | "lmtp"): Promise<MailSender> {
    const sender = new MailSender(await Wire.open(server, /^220[^\n]*\r\n$/));
    await sender.#say(`${protocol === "smtp" ? "EHLO" : "LHLO"} bench.example\r\n`, "250");
    return sender;
  }

  async send(to: string, message: Buffer): Promise<void> {
    await this.#say(`MAIL FROM:<bench@example.org>\r\nRCPT TO:<${to}>\r\nDATA\r\n`, "354");
    const stuffed = message.toString("latin1").replace(/^\./gm, "..");
    await this.#say(Buffer.from(`${stuffed}.\r\n`, "latin1"), "250");
  }

  async quit(): Promise<void> {
    await this.#say("QUIT\r\n", "221");
    this.#wire.close();
  }

  async #say(bytes: string | Buffer, wanted: string): Promise<void> {
    const answered = this.#wire.until(new RegExp(`(?:^|\\r\\n)(?:(${wanted})|[45]\\d\\d) [^\\r\\n]*\\r\\n$`));
    this.#wire.send(bytes);
    const found = await answered;
    if (found[1] === undefined) throw new Error(`the server refused: ${found[0].trim()}`);
  }
}
