import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface SmtpTarget {
  readonly host: string;
  readonly port: number;
  /** Certificate to trust; without one the connection is in clear. */
  readonly certificate?: string;
}

export interface SmtpReply {
  readonly code: number;
  readonly text: string;
}

/** One SMTP connection by hand, so that the test knows exactly which answer arrived and which did not. */
export class SmtpWire {
  readonly #socket: Socket;
  readonly #onStep: () => void;
  #buffer = "";
  #waiting: { resolve(reply: SmtpReply): void; reject(error: Error): void } | null = null;
  #ended: Error | null = null;

  private constructor(socket: Socket, onStep: () => void) {
    this.#socket = socket;
    this.#onStep = onStep;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#read(text));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the connection was closed")));
  }

  /** Connects and reads the greeting. `onStep` is called at every command, reply and piece of a message. */
  static async open(target: SmtpTarget, onStep: () => void): Promise<SmtpWire> {
    const { host, port, certificate } = target;
    const socket = certificate
      ? connectTls({ host, port, ca: certificate, servername: "localhost" })
      : connect({ host, port });
    await once(socket, certificate ? "secureConnect" : "connect");
    const wire = new SmtpWire(socket, onStep);
    await wire.expect(220);
    await wire.say("EHLO client.test", 250);
    return wire;
  }

  /** Sends a line and waits for the answer. @throws Refused on another code, Error when the connection is gone. */
  async say(line: string, wanted: number): Promise<SmtpReply> {
    await this.write(`${line}\r\n`);
    return this.expect(wanted);
  }

  write(text: string): Promise<void> {
    this.#onStep();
    return new Promise((resolve, reject) =>
      this.#socket.write(text, "latin1", (error) => (error ? reject(error) : resolve())),
    );
  }

  async expect(wanted: number): Promise<SmtpReply> {
    const reply = await this.#reply();
    this.#onStep();
    if (reply.code !== wanted) throw new Refused(reply);
    return reply;
  }

  close(): void {
    this.#socket.destroy();
  }

  #reply(): Promise<SmtpReply> {
    const { promise, resolve, reject } = Promise.withResolvers<SmtpReply>();
    this.#waiting = { resolve, reject };
    this.#parse();
    if (this.#ended) this.#fail(this.#ended);
    const late = setTimeout(() => this.#fail(new Unanswered()), answerMsMax);
    return promise.finally(() => clearTimeout(late));
  }

  #read(text: string): void {
    this.#buffer += text;
    this.#parse();
  }

  #parse(): void {
    const whole = /^(?:\d{3}-[^\r\n]*\r\n)*(\d{3}) ([^\r\n]*)\r\n/.exec(this.#buffer);
    if (!whole || !this.#waiting) return;
    this.#buffer = this.#buffer.slice(whole[0].length);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting.resolve({ code: Number(whole[1]), text: whole[2] ?? "" });
  }

  #fail(error: Error): void {
    this.#ended = error;
    this.#waiting?.reject(error);
    this.#waiting = null;
  }
}

/** Longer than any statement may take and than a killed part needs to be back. */
const answerMsMax = 120_000;

/** The connection stands and nothing comes. */
export class Unanswered extends Error {
  constructor() {
    super(`no answer within ${answerMsMax / 1_000} s`);
  }
}

/** The server answered, and not as hoped. */
export class Refused extends Error {
  readonly reply: SmtpReply;

  constructor(reply: SmtpReply) {
    super(`${reply.code} ${reply.text}`);
    this.reply = reply;
  }
}
