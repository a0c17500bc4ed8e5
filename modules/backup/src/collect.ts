import type { SpaceId, TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { selectEndedDevices } from "@casaforte/modules/devices";
import { listSpaces, releaseMetadata, siteOfSpace } from "@casaforte/modules/spaces";
import { vaultLimits } from "@casaforte/vault";
import { dropUpload } from "./abort-upload.ts";
import { backupLimits } from "./limits.ts";
import type { BackupServices } from "./services.ts";
import {
  deleteOldObjects,
  deletePart,
  forgetDeadBlob,
  markUnneeded,
  purgeFile,
  selectBinned,
  selectDeadBlobs,
  selectExpiredParts,
} from "./store-collect.ts";
import { deleteMiddleKeyrings, deleteObjectsOfEmptyChains, selectDevicesOfEmptyChains } from "./store-objects.ts";
import { deleteNeedlessReplicas } from "./store-replicas.ts";
import { insertDeadBlob, selectOpenUploads } from "./store-uploads.ts";

/** How much one sweep of one tenant did. */
export interface CollectReport {
  readonly uploadsExpired: number;
  readonly filesPurged: number;
  readonly partsDropped: number;
  readonly objectsDropped: number;
  readonly replicasDropped: number;
  readonly blobsDeleted: number;
}

const page = backupLimits.collectPageSize;

/** Gives up uploads that got no part for `uploadIdleDaysMax` days. */
async function expireUploads({ db, clock }: BackupServices, tenantId: TenantId): Promise<number> {
  const nowMs = clock.nowMs();
  const idleBefore = new Date(nowMs - backupLimits.uploadIdleDaysMax * 86_400_000);
  return db.tenant(tenantId, async (tx) => {
    const uploads = await selectOpenUploads(tx, { idleBefore }, page);
    for (const upload of uploads) {
      await dropUpload(tx, upload, nowMs);
      await recordAudit(
        tx,
        { kind: "system", name: "backup" },
        {
          action: "backup.upload_expired",
          object: { kind: "upload", id: upload.id },
          details: { device: upload.deviceId, receivedBytes: String(upload.receivedBytes) },
        },
      );
    }
    return uploads.length;
  });
}

/** Second phase of a deletion: extents and point go, the parts begin their grace. */
async function purgeBin({ db, clock }: BackupServices, tenantId: TenantId): Promise<number> {
  const nowMs = clock.nowMs();
  return db.tenant(tenantId, async (tx) => {
    const files = await selectBinned(tx, new Date(nowMs - backupLimits.binMs), page);
    for (const file of files) {
      await purgeFile(tx, file.id);
      await releaseMetadata(tx, file.spaceId, file.blockMapBytes);
      await insertDeadBlob(tx, file.blockMapBlobId, await siteOfSpace(tx, file.spaceId), new Date(nowMs));
    }
    return files.length;
  });
}

/** Rows of parts that no extent has needed for the grace, under their locks; the blobs are listed to go. */
async function dropParts({ db, clock }: BackupServices, tenantId: TenantId): Promise<number> {
  const now = new Date(clock.nowMs());
  await db.tenant(tenantId, (tx) => markUnneeded(tx, now));
  return db.tenant(tenantId, async (tx) => {
    const parts = await selectExpiredParts(tx, new Date(now.getTime() - backupLimits.partGraceMs), page);
    for (const part of parts) {
      await deletePart(tx, part.id);
      await insertDeadBlob(tx, part.blobId, await siteOfSpace(tx, part.spaceId), now);
    }
    return parts.length;
  });
}

async function dropOldObjects({ db, clock }: BackupServices, tenantId: TenantId): Promise<number> {
  const now = new Date(clock.nowMs());
  return db.tenant(tenantId, async (tx) => {
    const before = new Date(now.getTime() - backupLimits.binMs);
    const gone = [
      ...(await deleteOldObjects(tx, before, backupLimits.objectVersionsKept)),
      ...(await deleteMiddleKeyrings(tx, before, vaultLimits.keyringVersionsShown)),
      // The keyring of a device that may still write opens what it is about to store.
      ...(await deleteObjectsOfEmptyChains(tx, await selectEndedDevices(tx, await selectDevicesOfEmptyChains(tx)))),
    ];
    for (const object of gone) {
      await releaseMetadata(tx, object.spaceId, object.length);
      await insertDeadBlob(tx, object.blobId, await siteOfSpace(tx, object.spaceId), now);
    }
    return gone.length;
  });
}

/** Copies of what is gone, and all of spaces that are sold without, go too (R28). */
async function dropReplicas({ db, clock }: BackupServices, tenantId: TenantId): Promise<number> {
  const now = new Date(clock.nowMs());
  return db.tenant(tenantId, async (tx) => {
    const unwanted = (await listSpaces(tx)).filter(({ replicaPlan }) => replicaPlan === "none").map(({ id }) => id);
    const { gone, stored } = await deleteNeedlessReplicas(tx, unwanted, page);
    for (const { replicaBlobId, spaceId } of stored)
      await insertDeadBlob(tx, replicaBlobId, await siteOfSpace(tx, spaceId), now, "replica");
    return gone;
  });
}

/**
 * Deletes listed blobs from their stores, those whose time has come and all of one space, then forgets them: a crash
 * between the two repeats a harmless deletion. `guard` is asked before each and throws when it must stay.
 */
export async function deleteBlobs(
  services: BackupServices,
  tenantId: TenantId,
  {
    place,
    until,
    ofSpace = null,
  }: { readonly place: "first" | "replica"; readonly until: Date; readonly ofSpace?: SpaceId | null },
  signal: AbortSignal,
  guard: () => Promise<void> = async () => {},
): Promise<number> {
  const { db } = services;
  const storeOf = place === "first" ? services.blobStoreFor : services.replicaStoreFor;
  let count = 0;
  for (;;) {
    const blobs = await db.tenant(tenantId, (tx) => selectDeadBlobs(tx, place, { until, ofSpace }, page), {
      readOnly: true,
    });
    for (const { blobId, siteId } of blobs) {
      signal.throwIfAborted();
      await guard();
      await storeOf(siteId).delete(tenantId, blobId);
      await db.tenant(tenantId, (tx) => forgetDeadBlob(tx, blobId));
      count++;
    }
    if (blobs.length < page) return count;
  }
}

/** Repeats a step until a page is not full any more. */
async function untilDone(step: () => Promise<number>, signal: AbortSignal): Promise<number> {
  for (let total = 0; ; ) {
    signal.throwIfAborted();
    const count = await step();
    total += count;
    if (count < page) return total;
  }
}

/**
 * Everything whose time is over at one tenant. Safe beside writers and beside itself. `guard` is asked before each step and
 * each blob, and throws when all must stay.
 */
export async function collectTenant(
  services: BackupServices,
  tenantId: TenantId,
  signal: AbortSignal,
  guard: () => Promise<void> = async () => {},
): Promise<CollectReport> {
  const guarded = (step: (services: BackupServices, tenantId: TenantId) => Promise<number>) => async () => {
    await guard();
    return step(services, tenantId);
  };
  const uploadsExpired = await untilDone(guarded(expireUploads), signal);
  const filesPurged = await untilDone(guarded(purgeBin), signal);
  const partsDropped = await untilDone(guarded(dropParts), signal);
  const objectsDropped = await guarded(dropOldObjects)();
  const replicasDropped = await untilDone(guarded(dropReplicas), signal);
  // A second location that is away must not keep the first waiting.
  const until = new Date(services.clock.nowMs());
  let blobsDeleted = await deleteBlobs(services, tenantId, { place: "first", until }, signal, guard);
  blobsDeleted += await deleteBlobs(services, tenantId, { place: "replica", until }, signal, guard);
  return { uploadsExpired, filesPurged, partsDropped, objectsDropped, replicasDropped, blobsDeleted };
}
