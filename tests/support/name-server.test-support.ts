import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type Answer, AUTHENTIC_DATA, decode, encode, RECURSION_AVAILABLE, TRUNCATED_RESPONSE } from "dns-packet";

const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

/** What it says to one question. `isLong`: over UDP it only says that the answer does not fit. */
export interface Said {
  readonly records?: readonly Answer[];
  readonly rcode?: keyof typeof rcodes;
  readonly isSecure?: boolean;
  readonly isLong?: boolean;
}

/** A resolver on loopback that says what a test lets it say, over UDP and TCP. Of what nobody told it there is nothing. */
export class NameServer {
  /** By `NAME TYPE`, the name in lower case: `mx.test A`. */
  readonly said = new Map<string, Said>();
  /** `udp mx.test A`, as they came. */
  readonly asked: string[] = [];
  readonly #udp: Socket;
  readonly #tcp: Server;
  /** Sent first to whoever asks, over UDP: made of the true answer. */
  forge: ((answer: Buffer) => readonly Buffer[]) | null = null;
  /** Lets so many questions over UDP pass unheard. */
  deaf = 0;

  private constructor(udp: Socket, tcp: Server) {
    this.#udp = udp;
    this.#tcp = tcp;
    udp.on("message", (message, { port, address }) => {
      const answer = this.#answer(message, "udp");
      if (this.deaf > 0) {
        this.deaf--;
        return;
      }
      for (const each of [...(this.forge?.(answer) ?? []), answer]) udp.send(each, port, address);
    });
    tcp.on("connection", (socket) => {
      socket.on("error", () => socket.destroy());
      socket.on("data", (bytes: Buffer) => {
        const answer = this.#answer(bytes.subarray(2), "tcp");
        const length = Buffer.from([answer.length >> 8, answer.length & 0xff]);
        // In pieces, as a network may bring it.
        socket.write(length.subarray(0, 1));
        socket.write(Buffer.concat([length.subarray(1), answer.subarray(0, 5)]));
        socket.end(answer.subarray(5));
      });
    });
  }

  static async start(): Promise<NameServer> {
    for (;;) {
      const tcp = createServer().listen(0, "127.0.0.1");
      await once(tcp, "listening");
      const udp = createSocket("udp4");
      try {
        udp.bind((tcp.address() as AddressInfo).port, "127.0.0.1");
        await once(udp, "listening");
        return new NameServer(udp, tcp);
      } catch {
        // Another has this port over UDP.
        tcp.close();
      }
    }
  }

  get port(): number {
    return this.#udp.address().port;
  }

  /** Of a signed zone. */
  tell(question: string, records: readonly Answer[], said: Omit<Said, "records"> = {}): void {
    this.said.set(question, { records, isSecure: true, ...said });
  }

  close(): void {
    this.#udp.close();
    this.#tcp.close();
  }

  #answer(message: Buffer, way: "udp" | "tcp"): Buffer {
    const { id = 0, questions = [] } = decode(message);
    const question = `${questions[0]?.name.toLowerCase()} ${questions[0]?.type}`;
    this.asked.push(`${way} ${question}`);
    const { records = [], rcode = "NOERROR", isSecure = true, isLong = false } = this.said.get(question) ?? {};
    const isCut = isLong && way === "udp";
    const flags =
      RECURSION_AVAILABLE |
      rcodes[rcode] |
      (isSecure && rcode !== "SERVFAIL" ? AUTHENTIC_DATA : 0) |
      (isCut ? TRUNCATED_RESPONSE : 0);
    return encode({ type: "response", id, flags, questions, answers: isCut ? [] : [...records] });
  }
}
