import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";
import { type MemoryConnection, runTranscript } from "@casaforte/testkit";
import { describe, expect, test, vi } from "vitest";
import { plain, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The client's side of RFC 4978. */
class CompressingClient {
  readonly #connection: MemoryConnection;
  readonly #deflate = createDeflateRaw();
  readonly #inflate = createInflateRaw();
  #text = "";

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
    this.#deflate.on("data", (piece: Buffer) => connection.send(piece));
    this.#inflate.on("data", (piece: Buffer) => {
      this.#text += piece.toString("latin1");
    });
  }

  send(text: string): Promise<void> {
    this.#deflate.write(text);
    return new Promise((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, () => resolve()));
  }

  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text)) {
      const bytes = await this.#connection.receive();
      if (bytes === null) break;
      await new Promise<void>((resolve) => this.#inflate.write(bytes, () => resolve()));
    }
    const text = this.#text;
    this.#text = "";
    return text;
  }
}

async function compressed(limits = {}) {
  const { connect, mail, over } = setUp({ limits });
  mail.deliver("INBOX", plain);
  const connection = connect();
  await runTranscript(connection, `${signIn}${selectInbox}C: z COMPRESS DEFLATE\nS: z OK DEFLATE active\n`);
  return { connection, client: new CompressingClient(connection), over };
}

describe("COMPRESS=DEFLATE (RFC 4978)", () => {
  test("compresses both ways, a literal and a BYE included, and only once", async () => {
    const { client, over } = await compressed();
    await client.send("a FETCH 1 BODY.PEEK[TEXT]\r\n");
    expect(await client.until(/^a OK/m)).toContain("Hello Bob.");
    await client.send("b COMPRESS DEFLATE\r\n");
    expect(await client.until(/^b /m)).toMatch(/^b NO \[COMPRESSIONACTIVE\]/);
    await client.send("c CAPABILITY\r\n");
    expect(await client.until(/^c OK/m)).not.toContain("COMPRESS=DEFLATE");
    await client.send(`d APPEND INBOX {${plain.length}+}\r\n${plain}\r\n`);
    expect(await client.until(/^d /m)).toMatch(/^d OK \[APPENDUID/m);
    await client.send("e LOGOUT\r\n");
    expect(await client.until(/^e OK/m)).toContain("* BYE");
    await over();
  });

  test("a bomb costs no memory: an endless line is refused, and the session goes on", async () => {
    const { client, connection } = await compressed();
    const before = process.memoryUsage();
    // 128 MiB that travel as about 128 KB.
    for (let piece = 0; piece < 128; piece++) await client.send("A".repeat(1024 * 1024));
    await client.send("\r\nb NOOP\r\n");
    expect(await client.until(/^b OK/m)).toContain("* BAD The line is too long");
    // What is garbage already is no cost of the bomb; what lies outside the heap goes some turns after its owner.
    await vi.waitFor(() => {
      collectGarbage();
      const after = process.memoryUsage();
      expect(after.external + after.arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(64 * 2 ** 20);
    });
    connection.end();
  });

  test("bytes that are no DEFLATE end the session", async () => {
    const { connection, over } = await compressed();
    connection.send(Buffer.from("b NOOP\r\n this is plain text \xff\xff\xff\xff\r\n".repeat(20), "latin1"));
    await over();
    expect(connection.closed).toBe(true);
  });

  test("is refused before login and with an unknown mechanism", async () => {
    const { connect } = setUp();
    await runTranscript(
      connect(),
      `S: <<.*>>
      C: a COMPRESS DEFLATE
      S: a BAD COMPRESS is not allowed now
      C: l LOGIN bob secret
      S: l OK [CAPABILITY <<.*>> COMPRESS=DEFLATE<<.*>>] Signed in
      C: b COMPRESS LZ4
      S: b BAD Only DEFLATE is offered`,
    );
  });
});
