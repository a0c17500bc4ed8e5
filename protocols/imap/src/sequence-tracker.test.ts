import { FakeClock, MemoryConnection, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryImapBackend, type MemoryMail } from "./memory/index.ts";
import { serveImap } from "./serve-imap.ts";

/** What a client believes, from untagged responses alone: UIDs by sequence number, null where it did not ask yet. */
class ClientView {
  readonly #connection: MemoryConnection;
  readonly #qresync: boolean;
  readonly messages: { uid: number | null; flags: string | null }[] = [];
  #tag = 0;
  #text = "";
  mayExpunge = true;

  constructor(connection: MemoryConnection, qresync: boolean) {
    this.#connection = connection;
    this.#qresync = qresync;
  }

  async run(command: string): Promise<void> {
    this.mayExpunge = !/^(?:FETCH|STORE|SEARCH)/.test(command);
    const tag = `t${++this.#tag}`;
    this.#connection.send(`${tag} ${command}\r\n`);
    for (;;) {
      const end = this.#text.indexOf("\r\n");
      if (end < 0) {
        this.#text += Buffer.from((await this.#connection.receive()) ?? []).toString();
        continue;
      }
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      if (line.startsWith(`${tag} `)) {
        expect(line).toMatch(/ (?:OK|NO \[EXPUNGEISSUED\])/);
        return;
      }
      this.#take(line);
    }
  }

  #take(line: string): void {
    const exists = /^\* (\d+) EXISTS$/.exec(line);
    if (exists) {
      const count = Number(exists[1]);
      expect(count).toBeGreaterThanOrEqual(this.messages.length);
      while (this.messages.length < count) this.messages.push({ uid: null, flags: null });
    }
    const expunge = /^\* (\d+) EXPUNGE$/.exec(line);
    if (expunge) {
      expect(this.mayExpunge && !this.#qresync).toBe(true);
      const [gone] = this.messages.splice(Number(expunge[1]) - 1, 1);
      expect(gone).toBeDefined();
    }
    const vanished = /^\* VANISHED ([\d:,]+)$/.exec(line);
    if (vanished) {
      expect(this.mayExpunge && this.#qresync).toBe(true);
      for (const range of (vanished[1] ?? "").split(",")) {
        const [from = 0, to = from] = range.split(":").map(Number);
        for (let uid = from; uid <= to; uid++) this.#drop(uid);
      }
    }
    const fetch = /^\* (\d+) FETCH \((.*)\)$/.exec(line);
    if (fetch) this.#update(Number(fetch[1]), fetch[2] ?? "");
  }

  #drop(uid: number): void {
    const index = this.messages.findIndex((message) => message.uid === uid);
    expect(index).toBeGreaterThanOrEqual(0);
    this.messages.splice(index, 1);
  }

  #update(sequence: number, items: string): void {
    const message = this.messages[sequence - 1];
    expect(message).toBeDefined();
    if (!message) return;
    const uid = /UID (\d+)/.exec(items)?.[1];
    if (uid !== undefined) {
      if (message.uid !== null) expect(Number(uid)).toBe(message.uid);
      message.uid = Number(uid);
    }
    const flags = /FLAGS \(([^)]*)\)/.exec(items)?.[1];
    if (flags !== undefined) message.flags = flags.replace(/ ?\\Recent/, "");
  }
}

type Step =
  | { readonly kind: "deliver" }
  | { readonly kind: "hints"; readonly lost: boolean }
  | { readonly kind: "command"; readonly client: number; readonly command: string };

const commands = ["NOOP", "CHECK", "FETCH 1:* (UID FLAGS)", "UID FETCH 1:* (FLAGS)", "EXPUNGE", "SEARCH DELETED"];
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>({ kind: "deliver" }),
  fc.record({ kind: fc.constant("hints" as const), lost: fc.boolean() }),
  fc.record({
    kind: fc.constant("command" as const),
    client: fc.nat(2),
    command: fc.oneof(
      fc.constantFrom(...commands),
      fc
        .tuple(
          fc.constantFrom("+", "-", ""),
          fc.integer({ min: 1, max: 9 }),
          fc.constantFrom("\\Deleted", "\\Seen", "word"),
        )
        .map(([sign, uid, flag]) => `UID STORE ${uid}:${uid + 1} ${sign}FLAGS (${flag})`),
      fc.integer({ min: 1, max: 9 }).map((uid) => `UID MOVE ${uid} INBOX`),
      fc.integer({ min: 1, max: 9 }).map((uid) => `UID COPY ${uid} INBOX`),
      fc.integer({ min: 1, max: 9 }).map((uid) => `UID EXPUNGE ${uid}:*`),
    ),
  }),
);

test("under any interleaving, after a sync each client's view is the mailbox", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = new FakeClock();
      const logger = new MemoryLogger();
      const backend = new MemoryImapBackend({ clock, random: new SeededRandom(11) });
      const mail = backend.addAccount("bob", "secret");
      for (let count = 0; count < 3; count++) mail.deliver("INBOX", "Subject: a\n\nb\n");
      const shutdown = new AbortController();
      const clients = [false, false, true].map((qresync) => {
        const connection = new MemoryConnection();
        void serveImap(connection.server, { backend, clock, logger, signal: shutdown.signal });
        return { view: new ClientView(connection, qresync), qresync };
      });
      for (const { view, qresync } of clients) {
        await view.run("LOGIN bob secret");
        if (qresync) await view.run("ENABLE QRESYNC");
        await view.run("SELECT INBOX");
        await view.run("FETCH 1:* (UID FLAGS)");
      }
      for (const each of steps) await play(each, mail, clients);
      for (const { view } of clients) {
        await view.run("UID FETCH 1:* (FLAGS)");
        await view.run("NOOP");
        await view.run("UID FETCH 1:* (FLAGS)");
        expect(view.messages).toEqual(truth(mail));
      }
      expect(logger.events.filter(({ level }) => level === "error")).toEqual([]);
      shutdown.abort();
    }),
    { numRuns: 150 },
  );
});

async function play(
  each: Step,
  mail: MemoryMail,
  clients: readonly { view: ClientView; qresync: boolean }[],
): Promise<void> {
  if (each.kind === "deliver") mail.deliver("INBOX", "Subject: a\n\nb\n");
  else if (each.kind === "hints") mail.losesHints = each.lost;
  else {
    const client = clients[each.client];
    if (!client) return;
    // A sequence set on an empty mailbox is BAD, which the model does not speak of.
    if (client.view.messages.length === 0 && each.command.startsWith("FETCH")) return;
    // The model maps VANISHED by UID, so it must have asked for the UIDs of all messages it was told of.
    if (client.qresync) await client.view.run("UID FETCH 1:* (FLAGS)");
    if (client.qresync) await client.view.run("UID FETCH 1:* (FLAGS)");
    await client.view.run(each.command);
    if (client.qresync) await client.view.run("UID FETCH 1:* (FLAGS)");
  }
}

function truth(mail: MemoryMail): { uid: number; flags: string }[] {
  const names = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"];
  return (mail.byName("INBOX")?.messages ?? []).map(({ uid, bits, keywords }) => ({
    uid,
    flags: [...names.filter((_, bit) => (bits & (1 << bit)) !== 0), ...keywords].join(" "),
  }));
}
