import { createServer, type Server, type Socket } from "node:net";
import type { Bytes, Connection } from "@casaforte/kernel";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { ImapFlow } from "imapflow";
import { afterEach, expect, test } from "vitest";
import { MemoryImapBackend, type MemoryMail } from "./memory/index.ts";
import { serveImap } from "./serve-imap.ts";

let server: Server | null = null;
afterEach(() => server?.close());

/** A Connection over a plain socket, for this test only; the product's is in platform/net. */
function overSocket(socket: Socket): Connection {
  const chunks: Bytes[] = [];
  let ended = false;
  let wake: (() => void) | null = null;
  const poke = (): void => {
    wake?.();
    wake = null;
  };
  socket.on("data", (chunk) => {
    chunks.push(chunk);
    poke();
  });
  socket.on("close", () => {
    ended = true;
    poke();
  });
  socket.on("error", () => socket.destroy());
  return {
    remoteAddress: "127.0.0.1",
    secure: false,
    async read() {
      while (chunks.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve));
      return chunks.shift() ?? null;
    },
    write: (bytes) => socket.write(bytes),
    drained: () =>
      new Promise((resolve) => {
        if (!socket.writableNeedDrain || socket.destroyed) return resolve();
        socket.once("drain", resolve);
        socket.once("close", () => resolve());
      }),
    close: () => socket.end(),
  };
}

async function start(): Promise<{ port: number; mail: MemoryMail; logger: MemoryLogger }> {
  const clock = new FakeClock(Date.UTC(2026, 0, 10));
  const logger = new MemoryLogger();
  const backend = new MemoryImapBackend({ clock, random: new SeededRandom(5) });
  const mail = backend.addAccount("bob", "secret");
  const { signal } = new AbortController();
  const listening = createServer((socket) => {
    void serveImap(overSocket(socket), { backend, clock, logger, signal, options: { cleartextLogin: "loopback" } });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const address = listening.address();
  return { port: typeof address === "object" && address ? address.port : 0, mail, logger };
}

test("imapflow signs in, appends, fetches, searches, flags, moves, idles and leaves", async () => {
  const { port, mail, logger } = await start();
  mail.deliver("INBOX", "From: ann@example.org\nSubject: Hello\n\nWorld\n");
  const client = new ImapFlow({
    host: "127.0.0.1",
    port,
    secure: false,
    auth: { user: "bob", pass: "secret" },
    logger: false,
    qresync: true,
  });
  await client.connect();
  await client.mailboxCreate("Árvíz/Tükör");
  const names = (await client.list({ statusQuery: { messages: true } })).map(({ path }) => path);
  expect(names).toEqual(["INBOX", "Árvíz", "Árvíz/Tükör"]);
  const lock = await client.getMailboxLock("INBOX");
  try {
    const appended = await client.append("INBOX", "Subject: Two\r\n\r\nSecond body\r\n", ["\\Seen"], new Date(0));
    expect(appended).toMatchObject({ uid: 2 });
    const messages = await client.fetchAll("1:*", {
      envelope: true,
      bodyStructure: true,
      flags: true,
      source: true,
      size: true,
    });
    expect(messages.map(({ envelope }) => envelope?.subject)).toEqual(["Hello", "Two"]);
    expect(messages[1]?.source?.toString()).toBe("Subject: Two\r\n\r\nSecond body\r\n");
    expect(messages[1]?.flags?.has("\\Seen")).toBe(true);
    expect(await client.search({ subject: "hello" })).toEqual([1]);
    await client.messageFlagsAdd("1", ["\\Flagged", "$Later"]);
    const news = new Promise<number>((resolve) => client.on("exists", ({ count }) => resolve(count)));
    const idling = client.idle();
    await new Promise((resolve) => setTimeout(resolve, 50));
    mail.deliver("INBOX", "Subject: Three\n\nx\n");
    expect(await news).toBe(3);
    const moved = await client.messageMove("1", "Árvíz/Tükör");
    await idling;
    expect(moved && [...(moved.uidMap ?? [])]).toEqual([[1, 1]]);
    const { content } = await client.download("1", "1");
    let text = "";
    for await (const piece of content ?? []) text += String(piece);
    expect(text.trim()).toBe("Second body");
    await client.messageDelete("1:*");
    expect(await client.status("INBOX", { messages: true })).toMatchObject({ messages: 0 });
  } finally {
    lock.release();
  }
  await client.logout();
  expect(logger.events.filter(({ level }) => level === "error")).toEqual([]);
});
