import { connect, type Socket } from "node:net";

/** The connection stands and nothing comes. */
export class Silence extends Error {
  constructor(asked: string) {
    super(`no answer, and the connection stands: ${asked}`);
  }
}

/** One connection of a line protocol by hand; what is asked is answered, or the connection ends. */
export class MailWire {
  readonly #socket: Socket;
  #text = "";
  /** So far nothing was found. */
  #looked = 0;
  #isClosed = false;
  #wake = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    const stir = () => {
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    };
    socket.on("data", (text: string) => {
      this.#text += text;
      stir();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#isClosed = true;
      stir();
    });
  }

  static open(port: number): MailWire {
    return new MailWire(connect(port, "127.0.0.1"));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /**
   * Everything up to and with what `end` finds, which is at most a line of 1,000 characters; null when the connection was
   * closed before. @throws Silence.
   */
  async until(end: RegExp, asked: string): Promise<string | null> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Silence(asked)), answerMsMax);
    late.promise.catch(() => {});
    try {
      for (;;) {
        const from = Math.max(0, this.#looked - 1_000);
        const found = end.exec(this.#text.slice(from));
        if (found) {
          const upTo = from + found.index + found[0].length;
          const answer = this.#text.slice(0, upTo);
          this.#text = this.#text.slice(upTo);
          this.#looked = 0;
          return answer;
        }
        this.#looked = this.#text.length;
        if (this.#isClosed) return null;
        await Promise.race([this.#wake.promise, late.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Nothing here waits for anything but the machine. */
export const answerMsMax = 60_000;
