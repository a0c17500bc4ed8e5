import type { SpaceId } from "@casaforte/kernel";
import {
  clockIsSteady,
  deleteSpaceWithContents,
  exportSpace,
  listReplicaSpaces,
  type NoticeRoad,
  purgeSpace,
  selectSpaceLock,
} from "@casaforte/modules/backup";
import { isHeld } from "@casaforte/modules/compliance";
import {
  type DepartureHttpServices,
  type DepartureServices,
  type LeavingService,
  type LeavingServices,
  rangedTar,
  settingsExporter,
} from "@casaforte/modules/departure";
import { endEveryInspection } from "@casaforte/modules/inspections";
import { exportMail } from "@casaforte/modules/mailbox";
import { closeTenantUsage } from "@casaforte/modules/metering";
import { endEveryService, endSpaceService } from "@casaforte/modules/orders";
import { listSpaces, listUsedSites, requireSpace, siteOfSpace } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { addressBook } from "./address-book.ts";
import { certificateKey } from "./audit-anchors.ts";
import { inspectionDesk } from "./inspection-desk.ts";
import { booksAndLog, leavingDomains } from "./leaving-domains.ts";
import { noticeRoad } from "./notice-road.ts";
import { endMailMetering } from "./ordering.ts";
import type { Services } from "./services.ts";
import { tellServiceEnd } from "./tell-service-end.ts";

/** What leaving customers' data stand on: every exporter, every store, the keys (R61–R63). */
export function departingServices(services: Services): DepartureServices {
  const { core, mailbox, mailflow } = services;
  const { db, clock, random, logger, jobs } = core;
  return {
    db,
    clock,
    random,
    logger: logger.with({ component: "departure" }),
    jobs,
    providerName: core.config.provider.name,
    exporters: [
      settingsExporter(
        db,
        () => clock.nowMs(),
        (tenantId, signal) => addressBook(db, tenantId, signal),
      ),
      { part: "mail", entries: (tenantId, scope, signal) => exportMail(mailbox, tenantId, scope, signal) },
    ],
    holdings: core.holdings,
    archives: core.archives,
    tenantKeys: core.tenantKeys,
    signingKey: certificateKey(core),
    isHeld,
    clockIsSteady: () => clockIsSteady(core),
    async assertPlaces(tx) {
      for (const siteId of await listUsedSites(tx)) core.blobsOfSite(siteId);
      for (const spaceId of await listReplicaSpaces(tx)) core.replicasOfSite(await siteOfSpace(tx, spaceId));
    },
    leaving: leavingServices(services),
    tellErasure: (tx, atMs) => tellErasure(tx, atMs, noticeRoad({ core, mailflow })),
    async settle(tenantId, actor, atMs) {
      await db.tenant(tenantId, async (tx) => {
        await endMailMetering(tx, atMs);
        await endEveryInspection(tx, actor, atMs, inspectionDesk(services));
        await endEveryService(tx, actor, atMs);
      });
      await closeTenantUsage(db, tenantId, clock.nowMs());
    },
  };
}

/** One administrator asked for deletion at once: all of them learn it while it can still be taken back. */
async function tellErasure(tx: TenantTx, atMs: number, road: NoticeRoad): Promise<void> {
  for (const { login, language } of await road.administrators(tx)) {
    const when = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short", timeZone: "Europe/Rome" });
    const at = when.format(new Date(atMs));
    const [subject, text] =
      language === "it"
        ? [
            `Tutti i dati saranno cancellati il ${at}`,
            `Un amministratore della vostra organizzazione ha chiesto di cancellare tutti i dati senza aspettare la fine del periodo.\n\nLa cancellazione comincia il ${at} (ora di Roma) e non si può annullare dopo. Fino ad allora ogni titolare o amministratore può annullarla nella console, alla voce «I tuoi dati e la fine del contratto».\n\nSe non l’avete chiesta voi, annullatela e cambiate le password.\n`,
          ]
        : [
            `All data will be deleted on ${at}`,
            `An administrator of your organisation asked for all data to be deleted without waiting for the end of the period.\n\nThe deletion begins on ${at} (time of Rome) and cannot be undone afterwards. Until then every owner or administrator can take it back in the console, under “Your data and the end of the contract”.\n\nIf it was not you who asked, take it back and change your passwords.\n`,
          ];
    await road.send(tx, { to: login, subject, text, language });
  }
}

function backupOf({ core, bandwidth }: Services) {
  const { db, clock, random, logger, bus, jobs, blobsOfSite, replicasOfSite } = core;
  return {
    db,
    clock,
    random,
    logger,
    bus,
    jobs,
    blobStoreFor: blobsOfSite,
    replicaStoreFor: replicasOfSite,
    bandwidth,
  };
}

/** What may end alone while the customer stays (R61). */
export const leavingServices = (services: Services): LeavingServices => ({
  space: leavingSpaces(services),
  mail_domain: leavingDomains(services),
});

function leavingSpaces(services: Services): LeavingService {
  const backup = backupOf(services);
  return {
    kept: booksAndLog,
    shared: null,
    nameOf: async (tx, id) => (await requireSpace(tx, id as SpaceId)).name,
    lockedUntil: (tx, id) => selectSpaceLock(tx, id as SpaceId),
    async end(tx, actor, { subjectId: id }, { nowMs, overLocks }) {
      const space = (await listSpaces(tx)).find((each) => each.id === id);
      if (space !== undefined) {
        const input = { id: space.id, confirmation: space.name, nowMs, overLocks };
        await deleteSpaceWithContents(tx, actor, input, backup.bus.publish);
      }
      await endSpaceService(tx, actor, { spaceId: id as SpaceId, nowMs });
      return [];
    },
    purge: (tenantId, { subjectId: id }, counted, guard, signal) =>
      purgeSpace(
        backup,
        { tenantId, spaceId: id as SpaceId },
        (tx, place, blobs) => counted(tx, place === "first" ? "stored files" : "stored files, second copies", blobs),
        guard,
        signal,
      ),
    tell: (tx, name, matter) => tellServiceEnd(tx, "space", name, matter, noticeRoad(services)),
  };
}

/** Backups as they are stored, for the console. */
export function backupExports(services: Services): Pick<DepartureHttpServices, "listBackups" | "openBackups"> {
  const backup = backupOf(services);
  const { db } = backup;
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
