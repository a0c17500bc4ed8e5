import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * A door that stays at one address while what is behind it comes and goes, and that sees how far the talk has come:
 * where a test picks the moment to kill.
 */
export class TcpGate {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watches: { at: number; text: string | null; fire(): void }[] = [];
  #sent = 0;

  private constructor(target: () => { readonly host: string; readonly port: number }) {
    this.#server = createServer((front) => {
      const back = connect(target());
      for (const [socket, other] of [
        [front, back],
        [back, front],
      ] as const) {
        this.#sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
      front.on("data", (bytes) => this.#see(bytes));
      front.pipe(back);
      back.pipe(front);
    });
  }

  static async open(target: () => { readonly host: string; readonly port: number }): Promise<TcpGate> {
    const gate = new TcpGate(target);
    gate.#server.listen(0, "127.0.0.1");
    await once(gate.#server, "listening");
    return gate;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  /** Resolves when so many more bytes went in. */
  afterBytes(count: number): Promise<void> {
    return new Promise((fire) => this.#watches.push({ at: this.#sent + count, text: null, fire }));
  }

  /** Resolves when this text is on its way in. */
  afterText(text: string): Promise<void> {
    return new Promise((fire) => this.#watches.push({ at: 0, text, fire }));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #see(bytes: Buffer): void {
    this.#sent += bytes.length;
    for (const watch of [...this.#watches]) {
      if (watch.text === null ? this.#sent < watch.at : !bytes.includes(watch.text)) continue;
      this.#watches.splice(this.#watches.indexOf(watch), 1);
      watch.fire();
    }
  }
}
