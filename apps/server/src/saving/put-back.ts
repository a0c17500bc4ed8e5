import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Failure, type Logger } from "@casaforte/kernel";
import type { Config } from "@casaforte/platform/config";
import {
  assertTakesSave,
  type DatabaseSave,
  endPutBack,
  parseDatabaseUrl,
  putBackDatabase,
  readSave,
  withDatabase,
} from "@casaforte/platform/db";
import { settleAfterRestore } from "../commands/after-restore.ts";
import { runtimeUrls } from "../commands/database-urls.ts";
import { type DoctorReport, examine } from "../doctor/examine.ts";
import { migrationSources } from "../migrations.ts";
import { chooseSave, layout, listReplaced } from "./layout.ts";
import { mirror } from "./rsync.ts";

export interface PutBackReport {
  readonly save: DatabaseSave;
  readonly mailAccounts: number;
  readonly examined: DoctorReport;
}

/** Says that a place was begun to be filled from a save, so that an interrupted run may go on. */
const markerOf = (config: Config) => join(config.data, "put-back.from");

/**
 * Fills an empty installation from a place that `save` wrote: keys and anchors, blobs, then the database, since customers
 * in it are what says that all is there. Then mail programs are made to read anew, and the doctor looks. Again after an
 * interruption goes on. R98. @throws conflict `save.not_empty`; not_found `save.missing`; corrupt `save.damaged`;
 * precondition `config.owner_url`.
 */
export async function putBack(
  config: Config,
  superuserUrl: string,
  { place: from, stamp: wanted }: { readonly place: string; readonly stamp?: string },
  logger: Logger,
): Promise<PutBackReport> {
  const place = resolve(from);
  const stamp = await chooseSave(place, wanted);
  const { ownerUrl } = config.database;
  if (!ownerUrl) throw new Failure("precondition", "config.owner_url", "set DATABASE_OWNER_URL to the URL of cf_owner");
  const { database } = parseDatabaseUrl(ownerUrl);
  const urls = { ownerUrl, superuserUrl: withDatabase(superuserUrl, database) };
  await assertTakesSave(urls.superuserUrl, await readSave(layout.database(place, stamp)));
  await claim(config, `${place} ${stamp}\n`);
  await mirror(layout.data(place), config.data);
  for (const site of config.sites) await fillSite(place, stamp, site.id, site.blobs);
  const save = await putBackDatabase(urls, layout.database(place, stamp), migrationSources, logger);
  const runtime = runtimeUrls(config.database);
  const mailAccounts = await settleAfterRestore(runtime);
  await endPutBack(ownerUrl);
  await rm(markerOf(config));
  return { save, mailAccounts, examined: await examine(config, runtime, logger) };
}

/** @throws conflict `save.not_empty` when the folders hold something that this save did not bring. */
async function claim(config: Config, source: string): Promise<void> {
  const marker = markerOf(config);
  const begun = await orAbsent(readFile(marker, "utf8"));
  if (begun === source) return;
  if (begun !== null)
    throw new Failure(
      "conflict",
      "save.not_empty",
      `putting back was begun from ${begun.trim()}: go on with that, or empty ${config.data} and the blobs first`,
    );
  for (const folder of [config.data, ...config.sites.map(({ blobs }) => blobs)])
    if (((await orAbsent(readdir(folder))) ?? []).length > 0)
      throw new Failure("conflict", "save.not_empty", `${folder} is not empty: put back into an empty installation`);
  await mkdir(config.data, { recursive: true, mode: 0o700 });
  await writeFile(marker, source, { flush: true });
}

/** Null for what is not there. */
const orAbsent = <Value>(reading: Promise<Value>): Promise<Value | null> =>
  reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });

/**
 * The blobs as they were at a save: those of now, over them what later saves set aside, the latest first. What the save
 * itself set aside is older than it: of that only what was deleted between its rows and its blobs is wanted.
 */
export async function fillSite(place: string, stamp: string, site: string, to: string): Promise<void> {
  const now = layout.blobs(place, site);
  if (existsSync(now)) await mirror(now, to);
  for (const run of (await listReplaced(place)).filter((aside) => aside >= stamp).reverse()) {
    const aside = join(layout.replaced(place), run, site);
    if (existsSync(aside)) await mirror(aside, to, run === stamp ? ["--ignore-existing"] : []);
  }
}
