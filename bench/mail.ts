import type { HostPort } from "../tests/support/product.ts";
import type { Figure } from "./figures.ts";
import { ImapClient, MailSender } from "./mail-client.ts";
import type { Corpus } from "./mail-corpus.ts";
import { until } from "./until.ts";

export interface MailServer {
  readonly imap: HostPort;
  readonly delivery: HostPort;
  readonly protocol: "smtp" | "lmtp";
  /** The first reads and writes by IMAP, the second receives. */
  readonly users: readonly [MailUser, MailUser];
}

interface MailUser {
  readonly address: string;
  readonly password: string;
}

/** What is measured, in the order of the table. */
const works = {
  append: ["APPEND, one connection", "/s", "more"],
  select: ["SELECT", "ms", "less"],
  metadataFirst: ["FETCH 1:* (UID FLAGS ENVELOPE BODYSTRUCTURE …), first", "ms", "less"],
  metadata: ["the same again", "ms", "less"],
  bodies: ["FETCH bodies one by one", "/s", "more"],
  bodiesAtOnce: ["FETCH 1:* BODY[]", "MB/s", "more"],
  storeAll: ["STORE 1:*", "ms", "less"],
  storeOne: ["STORE one message", "/s", "more"],
  searchBody: ["SEARCH BODY", "ms", "less"],
  noop: ["NOOP", "ms", "less"],
  login: ["LOGIN, SELECT, LOGOUT", "/s", "more"],
  push: ["IDLE push after APPEND", "ms", "less"],
  deliverOne: ["delivery until in the mailbox, 1 sender", "/s", "more"],
  deliverMany: ["delivery until in the mailbox, 8 senders", "/s", "more"],
} as const satisfies Record<string, readonly [string, string, "more" | "less"]>;
type Work = keyof typeof works;
type Result = Record<Work, number>;

const metadata = "FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)";
const logins = 60;
const pushes = 20;

async function millis(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function readAndWrite(server: MailServer, corpus: Corpus): Promise<Omit<Result, "deliverOne" | "deliverMany">> {
  const [user] = server.users;
  const count = corpus.messages.length;
  const perSecond = (ms: number) => (count * 1000) / ms;
  const client = await ImapClient.open(server.imap, user.address, user.password);
  await client.fresh("Bench");
  const append = await millis(async () => {
    for (const message of corpus.messages) await client.append("Bench", message);
  });
  const select = await millis(() => client.command("SELECT Bench"));
  const metadataFirst = await millis(() => client.command(metadata));
  const again = await millis(() => client.command(metadata));
  const each = (command: (index: number) => string) =>
    millis(async () => {
      for (let index = 1; index <= count; index++) await client.command(command(index));
    });
  const bodies = await each((index) => `FETCH ${index} (UID BODY.PEEK[])`);
  let came = 0;
  const bodiesAtOnce = await millis(async () => {
    came = await client.command("FETCH 1:* (UID BODY.PEEK[])");
  });
  if (came < corpus.bytes) throw new Error(`the server sent ${came} of ${corpus.bytes} bytes`);
  const storeAll = await millis(() => client.command("STORE 1:* +FLAGS.SILENT (\\Seen)"));
  const storeOne = await each((index) => `STORE ${index} +FLAGS (\\Flagged)`);
  const searches: number[] = [];
  for (let turn = 0; turn < 3; turn++) {
    let found = "";
    searches.push(await millis(async () => (found = await client.ask(`SEARCH BODY "${corpus.needle}"`))));
    const hits = /\* SEARCH([^\r\n]*)/.exec(found)?.[1]?.trim().split(" ").filter(Boolean).length ?? 0;
    if (hits !== corpus.needles) throw new Error(`SEARCH BODY found ${hits} of ${corpus.needles}`);
  }
  const noops: number[] = [];
  for (let turn = 0; turn < 100; turn++) noops.push(await millis(() => client.command("NOOP")));
  const login = await millis(async () => {
    for (let turn = 0; turn < logins; turn++) {
      const visitor = await ImapClient.open(server.imap, user.address, user.password);
      await visitor.command("SELECT INBOX");
      await visitor.logout();
    }
  });
  const push = await pushLatency(server, client, corpus);
  await client.logout();
  return {
    append: perSecond(append),
    select,
    metadataFirst,
    metadata: again,
    bodies: perSecond(bodies),
    bodiesAtOnce: corpus.bytes / 1000 / bodiesAtOnce,
    storeAll,
    storeOne: perSecond(storeOne),
    searchBody: middle(searches),
    noop: middle(noops),
    login: (logins * 1000) / login,
    push,
  };
}

/** From the tagged OK of an APPEND to the EXISTS on another connection that idles. */
async function pushLatency(server: MailServer, client: ImapClient, corpus: Corpus): Promise<number> {
  const [user] = server.users;
  await client.fresh("Push");
  const watcher = await ImapClient.open(server.imap, user.address, user.password);
  await watcher.command("SELECT Push");
  await watcher.idle();
  const waits: number[] = [];
  for (let turn = 0; turn < pushes; turn++) {
    const [message] = corpus.messages;
    if (!message) throw new Error("the corpus is empty");
    const seen = watcher.exists().then(() => performance.now());
    await client.append("Push", message);
    const stored = performance.now();
    waits.push(Math.max(0, (await seen) - stored));
  }
  watcher.close();
  return middle(waits);
}

/** Sends the whole corpus; the clock stops when the last mail can be read by IMAP. */
async function deliver(server: MailServer, corpus: Corpus, senders: number): Promise<number> {
  const user = server.users[1];
  const client = await ImapClient.open(server.imap, user.address, user.password);
  const messagesIn = async () =>
    Number(/MESSAGES (\d+)/.exec(await client.ask("STATUS INBOX (MESSAGES)"))?.[1] ?? Number.NaN);
  const before = await messagesIn();
  const open = await Promise.all(
    Array.from({ length: senders }, () => MailSender.open(server.delivery, server.protocol)),
  );
  const spent = await millis(async () => {
    let next = 0;
    await Promise.all(
      open.map(async (sender) => {
        for (;;) {
          const message = corpus.messages[next++];
          if (!message) return;
          await sender.send(user.address, message);
        }
      }),
    );
    const wanted = before + corpus.messages.length;
    await until("the last mail", async () => (await messagesIn()) >= wanted, { withinMs: 120_000, everyMs: 10 });
  });
  await Promise.all(open.map((sender) => sender.quit()));
  await client.logout();
  return (corpus.messages.length * 1000) / spent;
}

async function measure(server: MailServer, corpus: Corpus): Promise<Result> {
  return {
    ...(await readAndWrite(server, corpus)),
    deliverOne: await deliver(server, corpus, 1),
    deliverMany: await deliver(server, corpus, 8),
  };
}

/** The same client and the same mails against both servers in turn, so that a busy machine hurts both. */
export async function benchMail(
  ours: MailServer,
  peer: MailServer,
  corpus: Corpus,
  repeat: number,
  peerName: string,
): Promise<Figure[]> {
  const results: { readonly ours: Result; readonly peer: Result }[] = [];
  for (let round = 0; round < repeat; round++) {
    console.error(`  round ${round + 1} of ${repeat}`);
    results.push({ ours: await measure(ours, corpus), peer: await measure(peer, corpus) });
  }
  return (Object.keys(works) as Work[]).map((key) => {
    const [work, unit, better] = works[key];
    const figure = { work, unit, better, peerName };
    return { ...figure, ours: results.map((one) => one.ours[key]), peer: results.map((one) => one.peer[key]) };
  });
}
