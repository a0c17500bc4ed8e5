import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rename, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@casaforte/kernel";
import { binariesName, startEmbedded } from "./embedded.ts";
import { type MigrationSource, migrate, readMigrations } from "./migrate.ts";

/**
 * Clusters that are ready to be copied, for one run of the tests: initialising and migrating one takes seconds, copying
 * it a tenth of one. One template for each list of migrations, made by whoever needs it first.
 */
const shelfVariable = "CASAFORTE_TEST_SHELF";

/** A test's data may be lost with the machine's power, so nothing waits for the disk. Killed processes lose nothing. */
export const quickSettings = { fsync: "off", full_page_writes: "off" };

/** Makes the shelf and names it to the processes that follow; returns what takes it away. */
export async function openTestShelf(logger: Logger): Promise<() => Promise<void>> {
  const shelf = await mkdtemp(join(tmpdir(), "cf-shelf-"));
  await chmod(shelf, 0o711);
  await makeTemplate(shelf, templateOf(shelf, await keyOf([])), [], logger);
  process.env[shelfVariable] = shelf;
  return () => rm(shelf, { recursive: true, force: true });
}

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
