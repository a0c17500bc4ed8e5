import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure, type Logger } from "@casaforte/kernel";
import type { Config } from "@casaforte/platform/config";
import { type EmbeddedCluster, migrate, startEmbedded } from "@casaforte/platform/db";
import { releaseLeases } from "@casaforte/platform/jobs";
import { openLogger } from "@casaforte/platform/telemetry";
import { openCore } from "../core.ts";
import { migrationSources } from "../migrations.ts";
import { publicUrl } from "../own-names.ts";
import { untilAsked } from "../process-life.ts";
import { type RunningServer, startServer } from "../server.ts";
import { buildAgentRelease, buildWebApps } from "./build-web.ts";
import { demoCertificate } from "./certificate.ts";
import { defaultDataDirectory, holdDirectory, openDataDirectory } from "./data-directory.ts";
import { demoConfig, settlePorts } from "./demo-config.ts";
import { demoEnrolmentToken, seedDemo } from "./seed.ts";
import { readyTable } from "./table.ts";

export interface DemoOptions {
  readonly data?: string;
  readonly ports: "default" | "auto";
  readonly demo: boolean;
  readonly importNetwork?: readonly string[];
  readonly logLevel: Config["log"]["level"];
}

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** `npm start`: everything on the embedded default, until asked to stop. Returns the exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const directory = await openDataDirectory(options.data ?? defaultDataDirectory(process.env));
  const letGo = await holdDirectory(directory);
  const closers: (() => Promise<void>)[] = [async () => letGo()];
  let isStopping = false;
  const stop = async () => {
    isStopping = true;
    for (const close of closers.reverse()) await close();
  };
  try {
    say(`Data in ${directory}`);
    const ports = await settlePorts(options.ports === "auto");
    const [webApps] = await Promise.all([
      buildWebApps(root, say),
      buildAgentRelease(root, say),
      demoCertificate(directory),
    ]);
    const settled = await demoConfig(directory, ports, options.logLevel);
    const config = { ...settled, mail: { ...settled.mail, importNetworks: [...(options.importNetwork ?? [])] } };
    const logger = openLogger({ level: options.logLevel, file: join(directory, "casaforte.log") });
    say("Starting PostgreSQL…");
    const cluster = await startEmbedded(join(directory, "postgres"), logger);
    closers.push(() => cluster.stop());
    const applied = await migrate(cluster.ownerUrl, migrationSources, logger);
    if (applied > 0) say(`Database set up (${applied} migrations).`);
    await keepUrls(directory, cluster);
    const core = await openCore(config, cluster, logger);
    // The directory is held: whoever took jobs out of this database before is dead.
    await releaseLeases(core.db);
    const server = await startServer({ core, webApps, demo: options.demo });
    closers.push(() => server.stop());
    const ready = await announce(directory, server, options.demo);
    watchDatabase(cluster, logger, () => isStopping);
    // First: whoever reads that it is ready may ask it to stop at once.
    const ended = untilAsked(stop, logger);
    for (const line of ready) say(line);
    return ended;
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

/** Lets `casaforte doctor` reach the cluster while it runs. */
async function keepUrls(directory: string, cluster: EmbeddedCluster): Promise<void> {
  await writeFile(
    join(directory, "database.json"),
    JSON.stringify({ appUrl: cluster.appUrl, operatorUrl: cluster.operatorUrl }),
    { mode: 0o600 },
  );
}

/** A database that ends by itself ends the program too: the next start brings both back. */
function watchDatabase(cluster: EmbeddedCluster, logger: Logger, isStopping: () => boolean): void {
  void cluster.ended.then(() => {
    if (isStopping()) return;
    logger.error("db.ended", new Failure("unavailable", "db.ended", "PostgreSQL ended by itself"));
    process.kill(process.pid, "SIGTERM");
  });
}

/** Writes where everything is reached, and returns what a person reads of it. */
async function announce(directory: string, server: RunningServer, demo: boolean): Promise<readonly string[]> {
  const { config } = server.services.core;
  const stream = (name: string) => {
    const found = server.addresses.listeners.find((listener) => listener.name === name);
    return { host: found?.host ?? "", port: found?.port ?? 0 };
  };
  const endpoints = {
    console: publicUrl(config, "console"),
    operator: publicUrl(config, "operator"),
    webmail: publicUrl(config, "webmail"),
    vault: publicUrl(config, "vault"),
    jmap: publicUrl(config, "jmap"),
    smtp: stream("smtp"),
    lmtp: stream("lmtp"),
    submission: stream("submission"),
    smtps: stream("smtps"),
    imap: stream("imap"),
    imaps: stream("imaps"),
    pop3: stream("pop3"),
    pop3s: stream("pop3s"),
    sieve: stream("sieve"),
  };
  const file = join(directory, "endpoints.json");
  if (!demo) {
    const token = await server.services.identity.createBootstrapToken();
    await writeFile(file, JSON.stringify(endpoints, null, 2), { mode: 0o600 });
    const link = token === null ? [] : [`Set up the first operator, once: ${endpoints.operator}/setup#${token}`];
    return [readyTable(endpoints, null, file), ...link];
  }
  const accounts = await seedDemo(server.services, directory);
  const enrolmentToken = await demoEnrolmentToken(server.services, accounts);
  const { operator, customer, domain, mailAccounts, space } = accounts;
  await writeFile(
    file,
    JSON.stringify(
      { ...endpoints, demo: { operator, customer, domain, mailAccounts, space, enrolmentToken } },
      null,
      2,
    ),
    { mode: 0o600 },
  );
  return [readyTable(endpoints, { ...accounts, enrolmentToken }, file)];
}
