import type { Clock, Logger, Random } from "@casaforte/kernel";
import { type Bus, openPostgresBus } from "@casaforte/platform/bus";
import type { Config } from "@casaforte/platform/config";
import { assertDatabaseReady, type Db, openDb } from "@casaforte/platform/db";
import { type Jobs, openJobs } from "@casaforte/platform/jobs";
import { systemClock, systemRandom } from "@casaforte/platform/telemetry";
import { migrationSources } from "./migrations.ts";
import { openStores, type Stores } from "./stores.ts";

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
  close(): Promise<void>;
}

/**
 * Opens keys, database, bus and blob stores. @throws precondition `keys.unreadable`, `db.segregation`, `db.not_migrated`
 * and others of assertDatabaseReady: the program does not start on a database that would not keep tenants apart
 * (security.md, check 5).
 */
export async function openCore(config: Config, urls: DatabaseUrls, logger: Logger): Promise<Core> {
  const clock = systemClock;
  const random = systemRandom;
  const stores = await openStores(config, clock, random);
  await assertDatabaseReady(urls, migrationSources);
  const db = openDb({ ...urls, logger });
  const bus = await openPostgresBus({ db, clock, random, logger });
  return {
    ...stores,
    config,
    clock,
    random,
    logger,
    db,
    bus,
    jobs: openJobs({ clock, random, bus }),
    async close() {
      await bus.close();
      await db.close();
    },
  };
}
