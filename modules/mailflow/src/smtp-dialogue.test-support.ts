import { connect, type Socket } from "node:net";

/** A client that says what a test tells it to, right or wrong. Tests only. */
export class SmtpDialogue {
  readonly #socket: Socket;
  #text = "";
  #closed = false;
  #wake = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    const stir = () => {
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    };
    socket.on("data", (chunk: string) => {
      this.#text += chunk;
      stir();
    });
    for (const end of ["close", "error"])
      socket.on(end, () => {
        this.#closed = true;
        stir();
      });
  }

  static async open(port: number, hello = "EHLO test.example"): Promise<SmtpDialogue> {
    const dialogue = new SmtpDialogue(connect(port, "127.0.0.1"));
    const greeting = await dialogue.replies(1);
    if (greeting[0]?.startsWith("220")) await dialogue.say(hello);
    return dialogue;
  }

  /** Sends one line and returns the last line of its reply. */
  async say(line: string): Promise<string> {
    this.#socket.write(`${line}\r\n`, "latin1");
    return (await this.replies(1))[0] ?? "";
  }

  /** Sends a whole message behind DATA and returns `count` replies. */
  async data(message: string, count = 1): Promise<readonly string[]> {
    await this.say("DATA");
    this.#socket.write(`${message}\r\n.\r\n`, "latin1");
    return this.replies(count);
  }

  /** The next replies, each by its last line; fewer when the other side closes. */
  async replies(count: number): Promise<readonly string[]> {
    const found: string[] = [];
    while (found.length < count) {
      const line = /^(?:\d{3}-[^\r\n]*\r\n)*(\d{3} [^\r\n]*)\r\n/.exec(this.#text);
      if (line) {
        found.push(line[1] ?? "");
        this.#text = this.#text.slice(line[0].length);
      } else if (this.#closed) break;
      else await this.#wake.promise;
    }
    return found;
  }

  close(): void {
    this.#socket.destroy();
  }
}
