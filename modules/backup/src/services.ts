import type { Clock, DeviceId, Logger, Random } from "@casaforte/kernel";
import type { RunResult } from "@casaforte/modules/devices";
import type { ConsoleSessions } from "@casaforte/modules/spaces";
import type { BlobStore } from "@casaforte/platform/blobstore";
import type { Bus } from "@casaforte/platform/bus";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { Jobs } from "@casaforte/platform/jobs";

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
  /**
   * The store of copies at a site's second location, this module's alone too.
   * @throws unavailable `site.no_second_location` when the configuration names none, `site.replica_away`.
   */
  replicaStoreFor(siteId: string): BlobStore;
  readonly jobs: Jobs;
  /** Uploads may have holes, and are told so; false without it, since vaults and agents of the version before read none. */
  readonly leaveOutZeros?: boolean;
  /** Told once of each run of a backup, in the transaction that notes it. */
  runEnded?(tx: TenantTx, run: { readonly deviceId: DeviceId; readonly result: RunResult }): Promise<void>;
}

/** What its console edges need. */
export type BackupHttpServices = ConsoleSessions &
  Pick<BackupServices, "db" | "clock" | "random" | "logger" | "bus" | "jobs"> & {
    /** Points that one transaction of a deletion by hand moves to the bin; `retentionPointsMax` where absent. */
    readonly deletePage?: number;
  };
