import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Product, run } from "../tests/support/product.ts";
import { type BackupPart, type BackupSizes, backupParts, benchBackup, type Wants } from "./backup.ts";
import { openCustomer } from "./customer-session.ts";
import { startDovecot } from "./dovecot.ts";
import { type Figure, table } from "./figures.ts";
import { benchIdleSessions } from "./idle-sessions.ts";
import { benchLargeMailbox } from "./large-mailbox.ts";
import { benchMail, chooseWorks } from "./mail.ts";
import { makeCorpus } from "./mail-corpus.ts";
import { mailCosts } from "./mail-costs.ts";
import { installPeers } from "./peers.ts";
import { processorMs } from "./processor-time.ts";

interface Sizes extends BackupSizes {
  readonly messages: number;
  /** Messages searched on both sides, in a large mailbox, and TLS sessions that wait. */
  readonly searched: number;
  readonly large: number;
  readonly idleSessions: number;
}

const quick: Sizes = {
  largeFiles: 4,
  largeMebibytesEach: 96,
  smallFiles: 5_000,
  treeSizes: [],
  messages: 200,
  searched: 10_000,
  large: 50_000,
  idleSessions: 1_000,
  repeat: 3,
};
const full: Sizes = {
  largeFiles: 8,
  largeMebibytesEach: 256,
  smallFiles: 50_000,
  treeSizes: [50_000, 1_000_000],
  messages: 500,
  searched: 10_000,
  large: 500_000,
  idleSessions: 2_000,
  repeat: 3,
};

const usage =
  "usage: npm run bench -- [--quick | --full] [--backup | --mail] [--only NAME,… | --costs] [--repeat N] [--profile DIR]\n" +
  "What each does: bench/README.md.";

const load = () => loadavg()[0]?.toFixed(1) ?? "?";

type Closers = (() => Promise<unknown>)[];

async function mail(
  product: Product,
  work: string,
  sizes: Sizes,
  closers: Closers,
  names: readonly string[] | null,
): Promise<{ figures: Figure[]; peer: string }> {
  const { endpoints } = product;
  const [reader, receiver] = endpoints.demo.mailAccounts;
  if (!reader || !receiver) throw new Error("the demo has too few mail accounts");
  const users = [reader, receiver] as const;
  const dovecot = await startDovecot(join(work, "dovecot"), users);
  closers.push(dovecot.stop);
  const ours = {
    imap: endpoints.imap,
    delivery: endpoints.smtp,
    protocol: "smtp",
    lmtp: endpoints.lmtp,
    users,
    cpuMs: () => processorMs(product.pid),
  } as const;
  const peer = { imap: dovecot.imap, delivery: dovecot.lmtp, protocol: "lmtp", users, cpuMs: dovecot.cpuMs } as const;
  const corpus = makeCorpus(sizes.messages);
  const how = { repeat: sizes.repeat, peerName: "Dovecot", chosen: chooseWorks(names) };
  const figures = sizes.repeat > 0 ? await benchMail(ours, peer, corpus, how) : [];
  if (names !== null) return { figures, peer: `Dovecot ${dovecot.version} (maildir, LMTP)` };
  console.error("  large mailboxes");
  figures.push(...(await benchLargeMailbox(ours, peer, corpus, { search: sizes.searched, large: sizes.large })));
  console.error("  idle sessions");
  figures.push(await benchIdleSessions(endpoints.imaps, reader, product.pid, sizes.idleSessions));
  return { figures, peer: `Dovecot ${dovecot.version} (maildir, LMTP)` };
}

/** Which parts of the backup half are wanted. @throws Error for a name that is none. */
function wantsOf(text: string | undefined): Wants {
  if (text === undefined) return () => true;
  const names = text.split(",");
  const unknown = names.find((name) => !backupParts.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`--only knows ${backupParts.join(", ")}, not ${unknown}`);
  return (...parts: readonly BackupPart[]) => parts.some((part) => names.includes(part));
}

/** The options of `bench/README.md`. Ends the process for `--help` and for one that is unknown. */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: "boolean" },
        full: { type: "boolean" },
        backup: { type: "boolean" },
        mail: { type: "boolean" },
        only: { type: "string" },
        costs: { type: "boolean" },
        repeat: { type: "string" },
        profile: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (!values.help) return values;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

/** Counts instead of times: they hold on a busy machine, too. */
async function printCosts(messages: number): Promise<void> {
  const product = await Product.prepare();
  const end = () => product.dispose();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => end().finally(() => process.exit(130)));
  try {
    await product.start();
    console.log(await mailCosts(product, makeCorpus(messages)));
  } finally {
    await end();
  }
}

async function bench(): Promise<void> {
  const options = readOptions();
  const chosen = options.full ? full : quick;
  const sizes: Sizes = { ...chosen, repeat: Number(options.repeat ?? chosen.repeat) };
  const { only, profile: profiles } = options;
  const half = options.backup ? "--backup" : options.mail || only !== undefined ? "--mail" : undefined;
  const works = half === "--mail" ? (only?.split(",") ?? null) : null;
  const wants = wantsOf(half === "--backup" ? only : undefined);
  // The server and the agent are children and inherit it; the bench itself already runs.
  if (profiles) process.env["NODE_OPTIONS"] = `--cpu-prof --cpu-prof-dir=${resolve(profiles)}`;
  if (options.costs) return printCosts(sizes.messages);
  await installPeers();
  const loadBefore = load();
  const started = performance.now();
  const work = mkdtempSync(join(tmpdir(), "cf-bench-"));
  // Dovecot reads its mail as a user of its own.
  chmodSync(work, 0o711);
  const product = await Product.prepare();
  const figures: Figure[] = [];
  const peers: string[] = [];
  const closers: Closers = [async () => rmSync(work, { recursive: true, force: true }), () => product.dispose()];
  const clean = async () => {
    for (let close = closers.pop(); close; close = closers.pop()) await close();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => clean().finally(() => process.exit(130)));
  try {
    console.error("starting Casaforte…");
    const endpoints = await product.start();
    if (half !== "--mail") {
      console.error("backup and restore…");
      const enrol = await openCustomer(endpoints);
      figures.push(...(await benchBackup({ endpoints, serverPid: product.pid, enrol, work, sizes, wants })));
      peers.push(`${(await run("borg", ["--version"])).stdout.trim()} (local directory)`);
      peers.push(`${(await run("restic", ["version"])).stdout.split(" ").slice(0, 2).join(" ")} (local directory)`);
    }
    if (half !== "--backup") {
      console.error("mail…");
      const measured = await mail(product, work, sizes, closers, works);
      figures.push(...measured.figures);
      peers.push(measured.peer);
    }
  } finally {
    await clean();
  }
  console.log(`${table(figures)}\n`);
  console.log(
    `Medians of ${sizes.repeat}, Casaforte and peer in turn; ${sizes.messages} messages. ${peers.join("; ")}; Node ${process.version}.`,
  );
  console.log(
    `Machine: ${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? "unknown"}; load ${loadBefore} before, ${load()} after; ${Math.round((performance.now() - started) / 1000)} s in all.`,
  );
}

await bench();
