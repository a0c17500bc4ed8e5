import type { HostPort } from "../tests/support/product.ts";
import type { Figure } from "./figures.ts";
import { ImapClient, MailSender } from "./mail-client.ts";
import type { Corpus } from "./mail-corpus.ts";
import { until } from "./until.ts";

export interface MailServer {
  readonly imap: HostPort;
  readonly delivery: HostPort;
  readonly protocol: "smtp" | "lmtp";
  /** Where it takes LMTP, if `delivery` is something else. */
  readonly lmtp?: HostPort;
  /** The first reads and writes by IMAP, the second receives. */
  readonly users: readonly [MailUser, MailUser];
  /** Processor time of the server's processes so far, milliseconds. */
  cpuMs(): number;
}

export interface MailUser {
  readonly address: string;
  readonly password: string;
}

/** What is measured, in the order of the table, with the ratio we want. */
const works = {
  append: ["APPEND, one connection", "/s", "more", "1.5 ×"],
  appendMany: ["APPEND, 4 connections", "/s", "more", "1.5 ×"],
  select: ["SELECT", "ms", "less", "1 ×"],
  selectAgain: ["SELECT again", "ms", "less", "1 ×"],
  metadataFirst: ["FETCH 1:* (UID FLAGS ENVELOPE BODYSTRUCTURE …), first", "ms", "less", "1 ×"],
  metadata: ["the same again", "ms", "less", "1 ×"],
  flags: ["FETCH 1:* FLAGS", "ms", "less", "1 ×"],
  bodies: ["FETCH bodies one by one", "/s", "more", "1 ×"],
  bodiesAtOnce: ["FETCH 1:* BODY[]", "MB/s", "more", "1 ×"],
  storeAll: ["STORE 1:*", "ms", "less", "1 ×"],
  storeOne: ["STORE one message", "/s", "more", "0.6 ×"],
  searchSubject: ["SEARCH SUBJECT", "ms", "less", "–"],
  searchBody: ["SEARCH BODY", "ms", "less", "–"],
  searchText: ["SEARCH TEXT", "ms", "less", "–"],
  sort: ["SORT (DATE)", "ms", "less", "–"],
  thread: ["THREAD REFERENCES", "ms", "less", "–"],
  copy: ["COPY 1:*", "ms", "less", "1 ×"],
  move: ["MOVE 1:*", "ms", "less", "1 ×"],
  expunge: ["EXPUNGE of all", "ms", "less", "1 ×"],
  status: ["STATUS", "ms", "less", "–"],
  noop: ["NOOP", "ms", "less", "–"],
  login: ["LOGIN, SELECT, LOGOUT", "/s", "more", "10 ×"],
  push: ["IDLE push after APPEND", "ms", "less", "25 ×"],
  mix: ["20 sessions mixed: FETCH, body, STORE, SEARCH, STATUS, APPEND", "/s", "more", "1 ×"],
  mixSlowest: ["the same, 99th percentile", "ms", "less", "1 ×"],
  deliverOne: ["delivery until in the mailbox, 1 sender", "/s", "more", "1.5 ×"],
  deliverMany: ["delivery until in the mailbox, 8 senders", "/s", "more", "1.5 ×"],
  lmtpOne: ["the same over LMTP on both sides, 1 sender", "/s", "more", "1.5 ×"],
  lmtpMany: ["the same over LMTP on both sides, 8 senders", "/s", "more", "1.5 ×"],
} as const satisfies Record<string, readonly [string, string, "more" | "less", string]>;
type Work = keyof typeof works;
type DeliveryWork = "deliverOne" | "deliverMany" | "lmtpOne" | "lmtpMany";
type Result = Record<Work, number>;

/** What must have been done before: mails to look at, copies to move, moved ones to expunge. */
const grounds: Partial<Record<Work, Work>> = { move: "copy", expunge: "move", mixSlowest: "mix" };
const delivered: ReadonlySet<Work> = new Set<Work>(["deliverOne", "deliverMany", "lmtpOne", "lmtpMany"]);

/** The works of these names with what they need; null: all. @throws Error for a name that is none. */
export function chooseWorks(names: readonly string[] | null): ReadonlySet<Work> {
  const all = Object.keys(works) as Work[];
  if (names === null) return new Set(all);
  const chosen = new Set<Work>();
  for (const name of names) {
    if (!(name in works)) throw new Error(`${name} is none of ${all.join(", ")}`);
    for (let key: Work | undefined = name as Work; key; key = grounds[key]) chosen.add(key);
  }
  if ([...chosen].some((key) => !delivered.has(key))) for (const key of ["append", "select"] as const) chosen.add(key);
  return chosen;
}

/** What each work cost the server in processor time: on a busy machine a steadier figure than the clock's. */
class CpuMeter {
  readonly spentMs: Partial<Record<Work, number>> = {};
  readonly #server: MailServer;
  readonly #chosen: ReadonlySet<Work>;

  constructor(server: MailServer, chosen: ReadonlySet<Work>) {
    this.#server = server;
    this.#chosen = chosen;
  }

  measures(key: Work): boolean {
    return this.#chosen.has(key);
  }

  /** Not a number for a work that is not to be done. */
  async of(key: Work, work: () => Promise<number>): Promise<number> {
    if (!this.measures(key)) return Number.NaN;
    const before = this.#server.cpuMs();
    const result = await work();
    this.spentMs[key] = this.#server.cpuMs() - before;
    return result;
  }
}

const metadata = "FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)";
const logins = 60;
const mixSessions = 20;
/** Commands of each session in the mix. */
const mixCommands = 40;
const pushes = 20;

async function millis(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function readAndWrite(server: MailServer, corpus: Corpus, meter: CpuMeter): Promise<Omit<Result, DeliveryWork>> {
  const [user] = server.users;
  const count = corpus.messages.length;
  const perSecond = (ms: number) => (count * 1000) / ms;
  const client = await ImapClient.open(server.imap, user.address, user.password);
  await client.fresh("Bench");
  const append = await meter.of("append", () =>
    millis(async () => {
      for (const message of corpus.messages) await client.append("Bench", message);
    }),
  );
  const select = await meter.of("select", () => millis(() => client.command("SELECT Bench")));
  const metadataFirst = await meter.of("metadataFirst", () => millis(() => client.command(metadata)));
  const again = await meter.of("metadata", () => millis(() => client.command(metadata)));
  const selectAgain = await meter.of("selectAgain", () => often(5, () => client.command("SELECT Bench")));
  const flags = await meter.of("flags", () => often(5, () => client.command("FETCH 1:* FLAGS")));
  const each = (command: (index: number) => string) =>
    millis(async () => {
      for (let index = 1; index <= count; index++) await client.command(command(index));
    });
  const bodies = await meter.of("bodies", () => each((index) => `FETCH ${index} (UID BODY.PEEK[])`));
  const bodiesAtOnce = await meter.of("bodiesAtOnce", () =>
    millis(async () => {
      const came = await client.command("FETCH 1:* (UID BODY.PEEK[])");
      if (came < corpus.bytes) throw new Error(`the server sent ${came} of ${corpus.bytes} bytes`);
    }),
  );
  const storeAll = await meter.of("storeAll", () => millis(() => client.command("STORE 1:* +FLAGS.SILENT (\\Seen)")));
  const storeOne = await meter.of("storeOne", () => each((index) => `STORE ${index} +FLAGS (\\Flagged)`));
  const searchBody = await meter.of("searchBody", () =>
    searchFor(client, `SEARCH BODY "${corpus.needle}"`, corpus.needles),
  );
  const searchText = await meter.of("searchText", () =>
    searchFor(client, `SEARCH TEXT "${corpus.needle}"`, corpus.needles),
  );
  const searchSubject = await meter.of("searchSubject", () =>
    often(3, () => client.command('SEARCH SUBJECT "seltadan"')),
  );
  const sort = await meter.of("sort", () => often(3, () => client.command("SORT (DATE) UTF-8 ALL")));
  const thread = await meter.of("thread", () => often(3, () => client.command("THREAD REFERENCES UTF-8 ALL")));
  const status = await meter.of("status", () =>
    often(50, () => client.command("STATUS INBOX (MESSAGES UNSEEN UIDNEXT)")),
  );
  const noop = await meter.of("noop", () => often(100, () => client.command("NOOP")));
  await client.fresh("Copies");
  const copy = await meter.of("copy", () => millis(() => client.command("COPY 1:* Copies")));
  await client.fresh("Moved");
  await client.command("SELECT Copies");
  const move = await meter.of("move", () => millis(() => client.command("MOVE 1:* Moved")));
  await client.command("SELECT Moved");
  if (meter.measures("expunge")) await client.command("STORE 1:* +FLAGS.SILENT (\\Deleted)");
  const expunge = await meter.of("expunge", () => millis(() => client.command("EXPUNGE")));
  const appendMany = perSecond(await meter.of("appendMany", () => appendTogether(server, corpus)));
  const login = await meter.of("login", () =>
    millis(async () => {
      for (let turn = 0; turn < logins; turn++) {
        const visitor = await ImapClient.open(server.imap, user.address, user.password);
        await visitor.command("SELECT INBOX");
        await visitor.logout();
      }
    }),
  );
  const push = await meter.of("push", () => pushLatency(server, client, corpus));
  let mixSlowest = Number.NaN;
  const mixPerSecond = await meter.of("mix", async () => {
    const { perSecond, slowestMs } = await mix(server, corpus);
    mixSlowest = slowestMs;
    return perSecond;
  });
  await client.logout();
  return {
    append: perSecond(append),
    appendMany,
    select,
    selectAgain,
    flags,
    metadataFirst,
    metadata: again,
    bodies: perSecond(bodies),
    bodiesAtOnce: corpus.bytes / 1000 / bodiesAtOnce,
    storeAll,
    storeOne: perSecond(storeOne),
    searchSubject,
    searchBody,
    searchText,
    sort,
    thread,
    copy,
    move,
    expunge,
    status,
    noop,
    login: (logins * 1000) / login,
    push,
    mix: mixPerSecond,
    mixSlowest,
  };
}

/** Milliseconds of the middle one of several. */
async function often(times: number, work: () => Promise<unknown>): Promise<number> {
  const each: number[] = [];
  for (let turn = 0; turn < times; turn++) each.push(await millis(work));
  return middle(each);
}

/** As `often`, and the answer must be right. */
async function searchFor(client: ImapClient, command: string, wanted: number): Promise<number> {
  let found = "";
  const spent = await often(3, async () => (found = await client.ask(command)));
  const hits = /\* SEARCH([^\r\n]*)/.exec(found)?.[1]?.trim().split(" ").filter(Boolean).length ?? 0;
  if (hits !== wanted) throw new Error(`${command} found ${hits} of ${wanted}`);
  return spent;
}

const openMany = (server: MailServer, count: number) =>
  Promise.all(
    Array.from({ length: count }, () =>
      ImapClient.open(server.imap, server.users[0].address, server.users[0].password),
    ),
  );

/** The corpus by four connections into four mailboxes. */
async function appendTogether(server: MailServer, corpus: Corpus): Promise<number> {
  const clients = await openMany(server, 4);
  for (const [index, client] of clients.entries()) await client.fresh(`Many${index}`);
  const spent = await millis(() =>
    Promise.all(
      clients.map(async (client, index) => {
        for (let at = index; at < corpus.messages.length; at += 4)
          await client.append(`Many${index}`, corpus.messages[at] as Buffer);
      }),
    ),
  );
  for (const client of clients) await client.logout();
  return spent;
}

/** What programs and webmails do all day, each session its own sequence, the same for every server. */
async function mix(server: MailServer, corpus: Corpus): Promise<{ perSecond: number; slowestMs: number }> {
  const clients = await openMany(server, mixSessions);
  await clients[0]?.fresh("Mix");
  for (const client of clients) await client.command("SELECT Bench");
  const waits: number[] = [];
  const one = (client: ImapClient, session: number, turn: number): Promise<unknown> => {
    const message = 1 + ((session * 31 + turn * 17) % corpus.messages.length);
    switch ((session * 7 + turn) % 10) {
      case 0:
        return client.append("Mix", corpus.messages[message - 1] as Buffer);
      case 1:
        return client.command(`STORE ${message} +FLAGS (\\Answered)`);
      case 2:
        return client.command(`STORE ${message} -FLAGS (\\Answered)`);
      case 3:
        return client.command("STATUS INBOX (MESSAGES UNSEEN)");
      case 4:
        return client.command("SEARCH UNANSWERED");
      case 5:
      case 6:
        return client.command(`FETCH ${message} (UID BODY.PEEK[])`);
      default:
        return client.command(
          `FETCH ${message}:${Math.min(message + 20, corpus.messages.length)} (UID FLAGS ENVELOPE)`,
        );
    }
  };
  const spent = await millis(() =>
    Promise.all(
      clients.map(async (client, session) => {
        for (let turn = 0; turn < mixCommands; turn++) waits.push(await millis(() => one(client, session, turn)));
      }),
    ),
  );
  for (const client of clients) await client.logout();
  waits.sort((a, b) => a - b);
  return {
    perSecond: (mixSessions * mixCommands * 1000) / spent,
    slowestMs: waits[Math.floor(waits.length * 0.99)] ?? Number.NaN,
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

interface Measured {
  readonly result: Result;
  readonly cpuMs: Partial<Record<Work, number>>;
}

async function measure(server: MailServer, corpus: Corpus, chosen: ReadonlySet<Work>): Promise<Measured> {
  const overLmtp = server.lmtp ? ({ ...server, delivery: server.lmtp, protocol: "lmtp" } as const) : server;
  const meter = new CpuMeter(server, chosen);
  const result = {
    ...(await readAndWrite(server, corpus, meter)),
    deliverOne: await meter.of("deliverOne", () => deliver(server, corpus, 1)),
    deliverMany: await meter.of("deliverMany", () => deliver(server, corpus, 8)),
    lmtpOne: await meter.of("lmtpOne", () => deliver(overLmtp, corpus, 1)),
    lmtpMany: await meter.of("lmtpMany", () => deliver(overLmtp, corpus, 8)),
  };
  return { result, cpuMs: meter.spentMs };
}

/** The same client and the same mails against both servers in turn, so that a busy machine hurts both. */
export async function benchMail(
  ours: MailServer,
  peer: MailServer,
  corpus: Corpus,
  {
    repeat,
    peerName,
    chosen,
  }: { readonly repeat: number; readonly peerName: string; readonly chosen: ReadonlySet<Work> },
): Promise<Figure[]> {
  console.error("  a round to warm up, not counted");
  await measure(ours, corpus, chosen);
  await measure(peer, corpus, chosen);
  const results: { readonly ours: Measured; readonly peer: Measured }[] = [];
  for (let round = 0; round < repeat; round++) {
    console.error(`  round ${round + 1} of ${repeat}`);
    results.push({ ours: await measure(ours, corpus, chosen), peer: await measure(peer, corpus, chosen) });
  }
  const cpuOf = (side: "ours" | "peer", key: Work) => results.flatMap((one) => one[side].cpuMs[key] ?? []);
  return (Object.keys(works) as Work[])
    .filter((key) => chosen.has(key))
    .map((key) => {
      const [work, unit, better, goal] = works[key];
      return {
        ...{ work, unit, better, peerName, goal },
        ours: results.map((one) => one.ours.result[key]),
        peer: results.map((one) => one.peer.result[key]),
        cpuMs: { ours: cpuOf("ours", key), peer: cpuOf("peer", key) },
      };
    });
}
