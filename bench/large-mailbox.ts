import type { Figure } from "./figures.ts";
import { median } from "./figures.ts";
import type { MailServer } from "./mail.ts";
import { ImapClient } from "./mail-client.ts";
import type { Corpus } from "./mail-corpus.ts";

/** Messages that one COPY doubles at most: a server may bound what one statement changes. */
const copiedAtOnce = 5_000;
/** UIDs and flags of a page, newest first, as webmails ask. */
const pageRows = 50;

async function millis(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function often(times: number, work: () => Promise<unknown>): Promise<number> {
  const each: number[] = [];
  for (let turn = 0; turn < times; turn++) each.push(await millis(work));
  return median(each);
}

/** A mailbox with `count` messages: the corpus, then copies of it, made by a session that never opens it. */
async function fill(client: ImapClient, corpus: Corpus, mailbox: string, count: number): Promise<void> {
  await client.fresh("Seed");
  for (const message of corpus.messages) await client.append("Seed", message);
  let seeds = corpus.messages.length;
  await client.command("SELECT Seed");
  while (seeds < Math.min(copiedAtOnce, count)) {
    const more = Math.min(seeds, Math.min(copiedAtOnce, count) - seeds);
    await client.command(`COPY 1:${more} Seed`);
    seeds += more;
    await client.command("NOOP");
  }
  await client.fresh(mailbox);
  for (let filled = 0; filled < count; filled += seeds)
    await client.command(`COPY 1:${Math.min(seeds, count - filled)} ${mailbox}`);
}

async function searchBody(server: MailServer, corpus: Corpus, count: number): Promise<number> {
  const [user] = server.users;
  const client = await ImapClient.open(server.imap, user.address, user.password);
  await fill(client, corpus, "Ten", count);
  await client.command("SELECT Ten");
  let found = "";
  const spent = await often(3, async () => (found = await client.ask(`SEARCH BODY "${corpus.needle}"`)));
  const hits = /\* SEARCH([^\r\n]*)/.exec(found)?.[1]?.trim().split(" ").filter(Boolean).length ?? 0;
  const wanted = (corpus.needles * count) / corpus.messages.length;
  if (hits !== wanted) throw new Error(`SEARCH BODY found ${hits} of ${wanted}`);
  await client.logout();
  return spent;
}

/** SEARCH in ten thousand messages on both sides, and how a much larger mailbox opens with us alone. */
export async function benchLargeMailbox(
  ours: MailServer,
  peer: MailServer,
  corpus: Corpus,
  sizes: { readonly search: number; readonly large: number },
): Promise<Figure[]> {
  const search: Figure = {
    work: `SEARCH BODY in ${sizes.search} messages`,
    unit: "ms",
    better: "less",
    ours: [await searchBody(ours, corpus, sizes.search)],
    peer: [await searchBody(peer, corpus, sizes.search)],
    peerName: "Dovecot",
    goal: "5 ×",
  };
  const [user] = ours.users;
  const client = await ImapClient.open(ours.imap, user.address, user.password);
  await fill(client, corpus, "Large", sizes.large);
  const alone = (work: string, ms: number): Figure => ({
    work: `${work}, a mailbox of ${sizes.large} messages`,
    unit: "ms",
    better: "less",
    ours: [ms],
    peer: [],
    peerName: "–",
    goal: "≤ 50 ms",
  });
  const cold = await millis(() => client.command("SELECT Large"));
  const warm = await often(5, async () => {
    await client.command("SELECT Seed");
    await client.command("SELECT Large");
  });
  const page = `FETCH ${sizes.large - pageRows + 1}:${sizes.large} (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)`;
  const firstPage = await millis(() => client.command(page));
  await client.logout();
  return [
    search,
    alone("SELECT, nobody had it open", cold),
    alone("SELECT again, and of a small one", warm),
    alone("the first page", firstPage),
  ];
}
