import type { Clock, Logger, Random } from "@casaforte/kernel";
import type { ConsoleSessions } from "@casaforte/modules/spaces";
import type { BlobStore } from "@casaforte/platform/blobstore";
import type { Bus } from "@casaforte/platform/bus";
import type { Db } from "@casaforte/platform/db";

/** What the backup module needs of the house. */
export interface BackupServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly bus: Bus;
  /**
   * The store of a site's backups, which no other module may use: what no row of this module names is rubbish to its
   * collector. A space's bytes never leave its site (R32). @throws unavailable when the site is not configured here.
   */
  blobStoreFor(siteId: string): BlobStore;
}

/** What its console edges need. */
export type BackupHttpServices = ConsoleSessions & Pick<BackupServices, "db" | "clock" | "bus">;
