import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { Failure } from "@casaforte/kernel";
import type { Config } from "@casaforte/platform/config";
import { saveDatabase, syncFolder } from "@casaforte/platform/db";
import { systemClock } from "@casaforte/platform/telemetry";
import { anchorFileOf } from "../audit-anchors.ts";
import { hasKeys, tenantKeyDirectory } from "../stores.ts";
import { assertOutside, layout, listReplaced, listSaves, stampOf } from "./layout.ts";
import { mirror } from "./rsync.ts";

export interface SaveReport {
  readonly place: string;
  readonly stamp: string;
  readonly tables: number;
  readonly rows: number;
  readonly sites: readonly string[];
  readonly forgotten: readonly string[];
}

/**
 * Saves database, wrapped keys, anchors and blobs into `place`, while the program works: the database first, since a blob
 * is written before the row that names it; what later leaves the blobs is kept beside them for as long as a save names it.
 * Keys are mirrored: one that was destroyed with its tenant leaves the copy at the next save. Keeps the newest `keep`
 * saves. R98.
 */
export async function save(
  config: Config,
  databaseUrl: string,
  { place: to, keep, signal }: { readonly place: string; readonly keep: number; readonly signal?: AbortSignal },
): Promise<SaveReport> {
  const place = resolve(to);
  assertOutside(config, place);
  const stamp = stampOf(systemClock.nowMs());
  await mkdir(layout.databases(place), { recursive: true, mode: 0o700 });
  if (!(await hasKeys(config)))
    throw new Failure(
      "precondition",
      "save.no_keys",
      `there are no keys in ${tenantKeyDirectory(config)}: nothing to save`,
    );
  const data = layout.data(place);
  await mkdir(data, { recursive: true, mode: 0o700 });
  // Before the rows: an anchor newer than the rows would look like a history that was cut.
  const anchors = anchorFileOf(config);
  if (existsSync(anchors)) await cp(anchors, join(data, basename(anchors)), { preserveTimestamps: true });
  await removeUnfinished(place);
  const rows = layout.database(place, `${stamp}.rows`);
  const saved = await saveDatabase(databaseUrl, rows, signal);
  await mirror(tenantKeyDirectory(config), tenantKeyDirectory({ ...config, data }), ["--delete"], signal);
  for (const site of config.sites) {
    const aside = join(layout.replaced(place), stamp, site.id);
    await mirror(site.blobs, layout.blobs(place, site.id), ["--delete", "--backup", `--backup-dir=${aside}`], signal);
  }
  // It counts as a save from here on: rows without their keys and blobs are none.
  await rename(rows, layout.database(place, stamp));
  await syncFolder(layout.databases(place));
  return {
    place,
    stamp,
    tables: saved.tables.length,
    rows: saved.tables.reduce((sum, { rows }) => sum + rows, 0),
    sites: config.sites.map(({ id }) => id),
    forgotten: await forget(place, keep),
  };
}

/** What runs that were cut left. */
async function removeUnfinished(place: string): Promise<void> {
  for (const name of await readdir(layout.databases(place)))
    if (/\.(rows|making)$/.test(name)) await rm(join(layout.databases(place), name), { recursive: true });
}

/** Takes away the oldest saves, and what was set aside only for them. */
async function forget(place: string, keep: number): Promise<string[]> {
  const saves = await listSaves(place);
  const gone = saves.slice(0, Math.max(0, saves.length - keep));
  for (const stamp of gone) await rm(layout.database(place, stamp), { recursive: true });
  const oldest = saves[gone.length];
  // A run sets aside what its own snapshot may still name, so that of the oldest save stays.
  for (const stamp of await listReplaced(place))
    if (oldest !== undefined && stamp < oldest) await rm(join(layout.replaced(place), stamp), { recursive: true });
  return gone;
}
