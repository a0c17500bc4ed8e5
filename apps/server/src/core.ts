import { join } from "node:path";
import { type Clock, Failure, type Logger, type Random } from "@casaforte/kernel";
import {
  type BlobStore,
  type MasterKey,
  openDirectoryBlobStore,
  openTenantKeys,
  type TenantKeys,
} from "@casaforte/platform/blobstore";
import { type Bus, openPostgresBus } from "@casaforte/platform/bus";
import type { Config } from "@casaforte/platform/config";
import { type Db, lintCatalogue, openDb } from "@casaforte/platform/db";
import { type Jobs, openJobs } from "@casaforte/platform/jobs";
import { systemClock, systemRandom } from "@casaforte/platform/telemetry";
import { readMasterKeys } from "./keys.ts";

export interface DatabaseUrls {
  readonly appUrl: string;
  readonly operatorUrl: string;
}

/** What every role stands on. */
export interface Core {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly masters: readonly [MasterKey, ...MasterKey[]];
  readonly db: Db;
  readonly bus: Bus;
  readonly jobs: Jobs;
  readonly tenantKeys: TenantKeys;
  /** Stored mail, at the first site (R33). */
  readonly mailBlobs: BlobStore;
  /** Parts of backups of that site; they never leave it (R32). @throws unavailable `site.not_here`. */
  blobsOfSite(siteId: string): BlobStore;
  close(): Promise<void>;
}

/**
 * Opens keys, database, bus and blob stores. @throws precondition `db.segregation` when the database would not keep
 * tenants apart: the program does not start then (security.md, check 5).
 */
export async function openCore(config: Config, urls: DatabaseUrls, logger: Logger): Promise<Core> {
  const clock = systemClock;
  const random = systemRandom;
  const [newest, ...older] = await readMasterKeys(config);
  if (!newest) throw new Failure("precondition", "keys.unreadable", "no master key is configured");
  const findings = await lintCatalogue(urls.appUrl);
  if (findings.length > 0)
    throw new Failure(
      "precondition",
      "db.segregation",
      `the database would not keep tenants apart:\n${findings.map(({ object, rule }) => `  ${object}: ${rule}`).join("\n")}`,
    );
  const tenantKeys = await openTenantKeys(join(config.data, "keys", "tenants"), [newest, ...older], random);
  const open = (directory: string) => openDirectoryBlobStore({ directory, keys: tenantKeys, clock, random });
  const sites = new Map<string, BlobStore>();
  for (const site of config.sites) sites.set(site.id, await open(join(site.blobs, "backup")));
  const mailBlobs = await open(join(config.sites[0]?.blobs ?? config.data, "mail"));
  const db = openDb({ ...urls, logger });
  const bus = await openPostgresBus({ db, clock, random, logger });
  return {
    config,
    clock,
    random,
    logger,
    masters: [newest, ...older],
    db,
    bus,
    jobs: openJobs({ clock, random, bus }),
    tenantKeys,
    mailBlobs,
    blobsOfSite(siteId: string) {
      const store = sites.get(siteId);
      if (!store)
        throw new Failure("unavailable", "site.not_here", `site ${siteId} is not in this process's configuration`);
      return store;
    },
    async close() {
      await bus.close();
      await db.close();
    },
  };
}
