import type { SpaceId } from "@casaforte/kernel";
import { exportSpace } from "@casaforte/modules/backup";
import { isHeld } from "@casaforte/modules/compliance";
import {
  type DepartureHttpServices,
  type DepartureServices,
  rangedTar,
  settingsExporter,
} from "@casaforte/modules/departure";
import { exportMail } from "@casaforte/modules/mailbox";
import { closeTenantUsage } from "@casaforte/modules/metering";
import { endEveryService } from "@casaforte/modules/orders";
import { listSpaces } from "@casaforte/modules/spaces";
import { certificateKey } from "./audit-anchors.ts";
import { endMailMetering } from "./ordering.ts";
import type { Services } from "./services.ts";

/** What leaving customers' data stand on: every exporter, every store, the keys (R61–R63). */
export function departingServices({ core, mailbox }: Services): DepartureServices {
  const { db, clock, random, logger, jobs } = core;
  return {
    db,
    clock,
    random,
    logger: logger.with({ component: "departure" }),
    jobs,
    providerName: core.config.provider.name,
    exporters: [
      settingsExporter(db, () => clock.nowMs()),
      { part: "mail", entries: (tenantId, scope, signal) => exportMail(mailbox, tenantId, scope, signal) },
    ],
    holdings: core.holdings,
    archives: core.archives,
    tenantKeys: core.tenantKeys,
    signingKey: certificateKey(core),
    isHeld,
    async settle(tenantId, actor, atMs) {
      await db.tenant(tenantId, async (tx) => {
        await endMailMetering(tx, atMs);
        await endEveryService(tx, actor, atMs);
      });
      await closeTenantUsage(db, tenantId, clock.nowMs());
    },
  };
}

/** Backups as they are stored, for the console. */
export function backupExports(services: Services): Pick<DepartureHttpServices, "listBackups" | "openBackups"> {
  const { db, clock, random, logger, bus, jobs, blobsOfSite, replicasOfSite } = services.core;
  const stores = { blobStoreFor: blobsOfSite, replicaStoreFor: replicasOfSite };
  const backup = { db, clock, random, logger, bus, jobs, ...stores, bandwidth: services.bandwidth };
  return {
    async listBackups(tenantId) {
      const spaces = await db.tenant(tenantId, listSpaces, { readOnly: true });
      return Promise.all(
        spaces.map(async ({ id, name }) => {
          const files = await exportSpace(backup, tenantId, id);
          const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
          return { spaceId: id, name, files: files.length, sizeBytes };
        }),
      );
    },
    openBackups: async (tenantId, spaceId) => rangedTar(await exportSpace(backup, tenantId, spaceId as SpaceId)),
  };
}
