import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFile, chmod, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@casaforte/kernel";
import { withDatabase } from "./database-url.ts";
import { binariesName, type EmbeddedCluster, startEmbedded } from "./embedded.ts";
import { type MigrationSource, migrate, readMigrations } from "./migrate.ts";
import { openPool } from "./postgres-db.ts";
import { createDatabase } from "./roles.ts";

/**
 * Clusters that are ready to be copied, and a server whose databases are copied from templates, for one run of the tests:
 * initialising and migrating takes seconds, copying a tenth of one. One template for each list of migrations, made by
 * whoever needs it first.
 */
const shelfVariable = "CASAFORTE_TEST_SHELF";

/** A test's data may be lost with the machine's power, so nothing waits for the disk. Killed processes lose nothing. */
export const quickSettings = { fsync: "off", full_page_writes: "off" };

/** Every role's way into one database. */
export type TestUrls = Pick<EmbeddedCluster, "appUrl" | "operatorUrl" | "ownerUrl" | "superuserUrl">;

/** Makes the shelf and names it to the processes that follow; returns what takes it away. */
export async function openTestShelf(logger: Logger): Promise<() => Promise<void>> {
  const shelf = await mkdtemp(join(tmpdir(), "cf-shelf-"));
  await chmod(shelf, 0o711);
  const empty = templateOf(shelf, await keyOf([]));
  await makeTemplate(shelf, empty, [], logger);
  await copy(empty, join(shelf, "server"));
  // Several workers' pools share its connections. Its databases live for seconds: to sweep them all would go on all the time.
  const settings = { ...quickSettings, max_connections: "400", autovacuum: "off" };
  const { stop, appUrl, operatorUrl, ownerUrl, superuserUrl } = await startEmbedded(
    join(shelf, "server"),
    logger,
    settings,
  );
  const urls: TestUrls = { appUrl, operatorUrl, ownerUrl, superuserUrl };
  await writeFile(join(shelf, urlsName), JSON.stringify(urls), { mode: 0o600 });
  process.env[shelfVariable] = shelf;
  return async () => {
    await stop();
    await rm(shelf, { recursive: true, force: true });
  };
}

const urlsName = "server.json";
const templateOf = (shelf: string, key: string) => join(shelf, key);
const exists = async (path: string) => (await stat(path).catch(() => null)) !== null;

async function keyOf(sources: readonly MigrationSource[]): Promise<string> {
  const hash = createHash("sha256");
  for (const source of sources)
    for (const { module, name, sha256 } of await readMigrations(source)) hash.update(`${module}/${name} ${sha256}\n`);
  return hash.digest("hex").slice(0, 16);
}

async function copy(from: string, to: string): Promise<void> {
  const [code] = (await once(spawn("cp", ["-a", "--reflink=auto", from, to], { stdio: "inherit" }), "close")) as [
    number,
  ];
  if (code !== 0) throw new Error(`cp -a ${from} ${to} ended with ${code}`);
}

/** Another worker may make the same one at the same time: the first that is whole stays. */
async function makeTemplate(
  shelf: string,
  template: string,
  sources: readonly MigrationSource[],
  logger: Logger,
): Promise<void> {
  const making = await mkdtemp(join(shelf, "making-"));
  await chmod(making, 0o711);
  const root = join(making, "postgres");
  const base = templateOf(shelf, await keyOf([]));
  if (await exists(base)) await copy(base, root);
  const cluster = await startEmbedded(root, logger, quickSettings);
  await migrate(cluster.ownerUrl, sources, logger);
  await cluster.stop();
  // Also for who starts a copy as the product does.
  const lines = Object.entries(quickSettings).map(([name, value]) => `${name} = ${value}\n`);
  if (template === base) await appendFile(join(root, "data", "postgresql.conf"), lines.join(""));
  const binaries = join(shelf, binariesName);
  if (!(await exists(binaries))) {
    await rename(join(root, binariesName), binaries);
    await symlink(binaries, join(root, binariesName));
  }
  await rename(root, template).catch(async (error) => {
    if (!(await exists(template))) throw error;
  });
  await rm(making, { recursive: true, force: true });
}

/** Puts a migrated cluster at `root`, ready to start, if this run of the tests has a shelf. */
export async function takeFromShelf(root: string, sources: readonly MigrationSource[], logger: Logger): Promise<void> {
  const shelf = process.env[shelfVariable];
  if (shelf === undefined) return;
  const template = templateOf(shelf, await keyOf(sources));
  if (!(await exists(template))) await makeTemplate(shelf, template, sources, logger);
  await mkdir(join(root, ".."), { recursive: true });
  await copy(template, root);
}

/**
 * A new database with these migrations on the run's own server, if this run has a shelf; `drop` ends whoever is still
 * connected to it. The server is everybody's: who ends it, changes its roles or looks at what is not of one database
 * takes a cluster.
 */
export async function takeDatabase(
  sources: readonly MigrationSource[],
  logger: Logger,
): Promise<{ readonly urls: TestUrls; drop(): Promise<void> } | null> {
  const shelf = process.env[shelfVariable];
  if (shelf === undefined) return null;
  const server = JSON.parse(await readFile(join(shelf, urlsName), "utf8")) as TestUrls;
  const asAdministrator = async <T>(work: (sql: ReturnType<typeof openPool>) => Promise<T>): Promise<T> => {
    const pool = openPool(withDatabase(server.superuserUrl, "postgres"), 1);
    try {
      return await work(pool);
    } finally {
      await pool.end();
    }
  };
  const template = `template_${await keyOf(sources)}`;
  const name = newName("test");
  await asAdministrator(async (sql) => {
    // Of those who lack the same one makes it; the end of the connection is the end of the lock.
    await sql`select pg_advisory_lock(hashtext(${template}))`;
    const [found] = await sql`select 1 from pg_database where datname = ${template}`;
    if (!found) await makeTemplateDatabase(sql, server, template, sources, logger);
    await sql`select pg_advisory_unlock(hashtext(${template}))`;
    // Where nothing waits for the disk this takes a tenth of the other way's work.
    await createDatabase(sql, name, template, "file_copy");
  });
  return { urls: urlsOf(server, name), drop: () => asAdministrator((sql) => dropDatabase(sql, name)) };
}

const newName = (what: string) => `${what}_${randomBytes(8).toString("hex")}`;

const urlsOf = (server: TestUrls, database: string): TestUrls => ({
  appUrl: withDatabase(server.appUrl, database),
  operatorUrl: withDatabase(server.operatorUrl, database),
  ownerUrl: withDatabase(server.ownerUrl, database),
  superuserUrl: withDatabase(server.superuserUrl, database),
});

async function dropDatabase(sql: ReturnType<typeof openPool>, name: string): Promise<void> {
  await sql.unsafe(`drop database ${name} with (force)`);
}

/** It has its name when it is whole. */
async function makeTemplateDatabase(
  sql: ReturnType<typeof openPool>,
  server: TestUrls,
  template: string,
  sources: readonly MigrationSource[],
  logger: Logger,
): Promise<void> {
  const making = newName("making");
  await createDatabase(sql, making, "template0");
  await migrate(urlsOf(server, making).ownerUrl, sources, logger);
  await sql.unsafe(`alter database ${making} rename to ${template}`);
}
