import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import type { Product } from "../tests/support/product.ts";
import { ImapClient, MailSender } from "./mail-client.ts";
import type { Corpus } from "./mail-corpus.ts";
import { processesBelow } from "./processor-time.ts";

/** What is counted. Processor time by the kernel's own count of each thread; statistics are those that come late. */
const columns = {
  wallMs: "wall, ms",
  mainMs: "our main thread, ms",
  threadsMs: "our other threads, ms",
  databaseMs: "PostgreSQL, ms",
  faults: "pages we touched first",
  databaseFaults: "PostgreSQL touched first",
  waits: "waits of PostgreSQL",
  writes: "write transactions",
  walBytes: "log, bytes",
  walRecords: "records",
  pageImages: "page images",
  syncs: "syncs of the log",
  rows: "rows written",
  hot: "of them in place",
} as const;
const late: ReadonlySet<string> = new Set(["walRecords", "pageImages", "syncs", "rows", "hot"]);
type Counters = Readonly<Record<keyof typeof columns, number>>;

/** PostgreSQL tells its statistics at most once a second, and after ten seconds where a connection rests. */
const statisticsMs = 11_000;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Zero for a process or thread that ended between two looks. */
function read(path: string, pattern: RegExp): number {
  try {
    return Number(pattern.exec(readFileSync(path, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
/** Minor page faults of a process so far: the eighth field behind its name. */
const faults = (pid: number): number => read(`/proc/${pid}/stat`, /^.*\)(?: \S+){7} (\d+)/s);
const processorMs = (path: string): number => read(`${path}/schedstat`, /^(\d+)/) / 1e6;

class CostMeter {
  readonly #pid: number;
  readonly #sql: postgres.Sql;
  #atRest: Counters | null = null;

  constructor({ directory, pid }: Product) {
    this.#pid = pid;
    const root = join(directory, "postgres");
    const { superuser } = JSON.parse(readFileSync(join(root, "credentials.json"), "utf8")) as { superuser: string };
    const sockets = readFileSync(join(root, "data", "postmaster.pid"), "utf8").split("\n")[4] ?? "";
    const to = { path: join(sockets, ".s.PGSQL.5432"), user: "cf_super", pass: superuser, database: "casaforte" };
    this.#sql = postgres({ ...to, max: 1 });
  }

  async #now() {
    const [row] = await this.#sql<{ pid: number; walBytes: string; writes: string }[]>`select pg_backend_pid() as pid,
      pg_current_wal_insert_lsn() - '0/0' as "walBytes", pg_snapshot_xmax(pg_current_snapshot())::text as writes`;
    const databases = processesBelow(this.#pid).filter((one) => one !== this.#pid && one !== row?.pid);
    const threads = readdirSync(`/proc/${this.#pid}/task`).filter((one) => Number(one) !== this.#pid);
    return {
      wallMs: performance.now(),
      mainMs: processorMs(`/proc/${this.#pid}/task/${this.#pid}`),
      threadsMs: sum(threads.map((one) => processorMs(`/proc/${this.#pid}/task/${one}`))),
      databaseMs: sum(databases.map((one) => processorMs(`/proc/${one}`))),
      faults: faults(this.#pid),
      databaseFaults: sum(databases.map(faults)),
      waits: sum(databases.map((one) => read(`/proc/${one}/status`, /^voluntary_ctxt_switches:\s+(\d+)/m))),
      writes: Number(row?.writes),
      walBytes: Number(row?.walBytes),
    };
  }

  async #later() {
    await new Promise((resolve) => setTimeout(resolve, statisticsMs));
    const [row] = await this.#sql<
      Record<string, string>[]
    >`select w.wal_records as "walRecords", w.wal_fpi as "pageImages",
      (select sum(fsyncs) from pg_stat_io where object = 'wal') as syncs,
      (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables) as rows,
      (select sum(n_tup_hot_upd) from pg_stat_user_tables) as hot from pg_stat_wal w`;
    const told = (name: string) => Number(row?.[name] ?? 0);
    const [walRecords, pageImages] = [told("walRecords"), told("pageImages")];
    return { walRecords, pageImages, syncs: told("syncs"), rows: told("rows"), hot: told("hot") };
  }

  /** What each of `times` commands cost, less what the server does at rest; the first measured is the rest, by the second. */
  async of(times: number, work: () => Promise<unknown>): Promise<Counters> {
    const earlier = await this.#later();
    const before: Counters = { ...earlier, ...(await this.#now()) };
    await work();
    const now = await this.#now();
    const after: Counters = { ...now, ...(await this.#later()) };
    const seconds = (now.wallMs - before.wallMs) / 1_000;
    const each = (name: keyof Counters) => {
      const rested = seconds + (late.has(name) ? statisticsMs / 1_000 : 0);
      const all = after[name] - before[name];
      if (this.#atRest === null) return all / rested;
      return (name === "wallMs" ? all : all - this.#atRest[name] * rested) / times;
    };
    const names = Object.keys(columns) as (keyof Counters)[];
    const cost = Object.fromEntries(names.map((name) => [name, each(name)])) as unknown as Counters;
    this.#atRest ??= cost;
    return cost;
  }

  end(): Promise<void> {
    return this.#sql.end();
  }
}

interface Work {
  readonly name: string;
  readonly times: number;
  prepare?(): Promise<unknown>;
  run(): Promise<unknown>;
}

/** What single commands of the mail store cost, as a Markdown table, after a round that is not counted. */
export async function mailCosts(product: Product, { messages }: Corpus): Promise<string> {
  const { imap, smtp, lmtp, demo } = product.endpoints;
  const [reader, receiver] = demo.mailAccounts;
  if (!reader || !receiver) throw new Error("the demo has too few mail accounts");
  const client = await ImapClient.open(imap, reader.address, reader.password);
  const senders = { LMTP: await MailSender.open(lmtp, "lmtp"), SMTP: await MailSender.open(smtp, "smtp") };
  const { length } = messages;
  const singly = async (run: (message: Buffer, number: number) => Promise<unknown>) => {
    for (const [at, message] of messages.entries()) await run(message, at + 1);
  };
  const bulk = (name: string, command: string, ...prepare: readonly string[]): Work => ({
    name: `${name} of ${length}`,
    times: 1,
    async prepare() {
      for (const one of prepare) await (one.startsWith("fresh ") ? client.fresh(one.slice(6)) : client.command(one));
    },
    run: () => client.command(command),
  });
  const works: readonly Work[] = [
    {
      name: "APPEND",
      times: length,
      prepare: () => client.fresh("Costs"),
      run: () => singly((message) => client.append("Costs", message)),
    },
    {
      name: "STORE of one",
      times: length,
      prepare: () => client.command("SELECT Costs"),
      run: () => singly((_, number) => client.command(`STORE ${number} +FLAGS (\\Flagged)`)),
    },
    bulk("STORE", "STORE 1:* +FLAGS.SILENT (\\Seen)"),
    bulk("COPY", "COPY 1:* Copies", "fresh Copies"),
    bulk("MOVE", "MOVE 1:* Moved", "fresh Moved", "SELECT Copies"),
    bulk("EXPUNGE", "EXPUNGE", "SELECT Moved", "STORE 1:* +FLAGS.SILENT (\\Deleted)"),
    ...(["LMTP", "SMTP"] as const).map(
      (name): Work => ({
        name,
        times: length,
        run: () => singly((message) => senders[name].send(receiver.address, message)),
      }),
    ),
  ];
  for (const { prepare, run } of works) {
    await prepare?.();
    await run();
  }
  const meter = new CostMeter(product);
  const rest: Work = {
    name: "nothing, a second",
    times: 1,
    run: () => new Promise((done) => setTimeout(done, 20_000)),
  };
  const rows: string[] = [];
  for (const { name, times, prepare, run } of [rest, ...works]) {
    await prepare?.();
    const cost = Object.values(await meter.of(times, run));
    rows.push(`| ${name} | ${cost.map((value) => value.toFixed(Math.abs(value) < 10 ? 2 : 0)).join(" | ")} |`);
  }
  await meter.end();
  await client.logout();
  await Promise.all(Object.values(senders).map((sender) => sender.quit()));
  const heads = Object.values(columns);
  return [`| each | ${heads.join(" | ")} |`, `|---${"|---".repeat(heads.length)}|`, ...rows].join("\n");
}
