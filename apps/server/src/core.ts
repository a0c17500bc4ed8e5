import { type Clock, Failure, type Logger, providerTenantId, type Random } from "@casaforte/kernel";
import { eachTenant } from "@casaforte/modules/tenancy";
import { type Bus, openPostgresBus } from "@casaforte/platform/bus";
import type { Config } from "@casaforte/platform/config";
import { assertDatabaseReady, type Db, openDb } from "@casaforte/platform/db";
import { type Jobs, openJobs } from "@casaforte/platform/jobs";
import { systemClock, systemRandom } from "@casaforte/platform/telemetry";
import { CertificateFiles, certificateSources } from "./certificate-files.ts";
import { type KeyCheck, keyCheckOf } from "./escrow.ts";
import { readMasterKeys } from "./keys.ts";
import { migrationSources } from "./migrations.ts";
import { hasKeys, openStores, type Stores, tenantKeyDirectory } from "./stores.ts";
import { watchIssued } from "./watch-issued.ts";

export interface DatabaseUrls {
  readonly appUrl: string;
  readonly operatorUrl: string;
}

/** What every role stands on. */
export interface Core extends Stores {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly db: Db;
  readonly bus: Bus;
  readonly jobs: Jobs;
  readonly certificates: CertificateFiles;
  /** What escrowed copies of the configured master keys are known by. */
  readonly keyChecks: readonly KeyCheck[];
  close(): Promise<void>;
}

/**
 * Opens keys, database, bus and blob stores. @throws precondition `keys.unreadable`, `keys.missing`, `db.segregation`, `db.not_migrated`
 * and others of assertDatabaseReady: the program does not start on a database that would not keep tenants apart
 * (security.md, check 5).
 */
export async function openCore(config: Config, urls: DatabaseUrls, logger: Logger): Promise<Core> {
  const clock = systemClock;
  const random = systemRandom;
  const keyChecks = (await readMasterKeys(config)).map(keyCheckOf);
  await assertDatabaseReady(urls, migrationSources);
  const db = openDb({ ...urls, logger });
  const stores = await openOwnStores(config, db, clock, random).catch(async (error) => {
    await db.close();
    throw error;
  });
  const certificates = await CertificateFiles.open(certificateSources(config), logger).catch(async (error) => {
    await db.close();
    throw error;
  });
  const watching = new AbortController();
  void certificates.watch(clock, watching.signal).catch((error) => logger.error("certificates.unwatched", error));
  const bus = await openPostgresBus({ db, clock, random, logger });
  if (config.acme) await watchIssued({ ...stores, db, logger, bus, clock, certificates }, watching.signal);
  return {
    ...stores,
    config,
    clock,
    random,
    logger,
    db,
    bus,
    jobs: openJobs({ clock, random, bus }),
    certificates,
    keyChecks,
    async close() {
      watching.abort();
      await bus.close();
      await db.close();
    },
  };
}

/**
 * Keys are made for a database without customers only: beside one with customers their absence means that the data
 * directory was lost or is another's, and new keys would hide that. @throws precondition `keys.missing`.
 */
async function openOwnStores(config: Config, db: Db, clock: Clock, random: Random): Promise<Stores> {
  if (!(await hasKeys(config)))
    for await (const { tenantId } of eachTenant(db))
      if (tenantId !== providerTenantId)
        throw new Failure(
          "precondition",
          "keys.missing",
          `the database has customers, but ${tenantKeyDirectory(config)} has no keys: restore the data directory that belongs to this database`,
        );
  return openStores(config, clock, random);
}
