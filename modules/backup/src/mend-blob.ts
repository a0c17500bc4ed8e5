import { type BlobId, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { siteOfSpace } from "@casaforte/modules/spaces";
import { replicaTask } from "./replica-tasks.ts";
import type { BackupServices } from "./services.ts";
import { lockChainsOfPart, markPartDamaged } from "./store-collect.ts";
import { dropCopy, type ReplicaRow, renameBlob, restorePointStates } from "./store-replicas.ts";
import { insertDeadBlob } from "./store-uploads.ts";

/**
 * Writes a damaged first anew from its copy, under a new name: every row that named the old one names the new one in one
 * transaction, the old blob goes to the list of the dead, and points that are whole again are good again. When the copy is
 * bad too, the points that need the blob are damaged.
 */
export async function mendFirst(
  services: BackupServices,
  tenantId: TenantId,
  row: ReplicaRow,
  signal: AbortSignal,
): Promise<"mended" | "lost" | "needless"> {
  const { db, clock, logger, bus } = services;
  if (row.replicaBlobId === null) return "lost";
  const siteId = await db.tenant(tenantId, (tx) => siteOfSpace(tx, row.spaceId), { readOnly: true });
  const first = services.blobStoreFor(siteId);
  const source = services.replicaStoreFor(siteId).read(tenantId, row.replicaBlobId, undefined, { signal });
  let fresh: BlobId | null = null;
  try {
    const stored = await first.put(tenantId, source, { signal });
    fresh = stored.id;
    if (!row.sha256.equals(stored.sha256)) throw new Failure("corrupt", "blob.corrupt", "the copy has changed too");
  } catch (error) {
    if (fresh !== null) await first.delete(tenantId, fresh);
    if (!(error instanceof Failure) || (error.kind !== "corrupt" && error.kind !== "not_found")) throw error;
    return lostBoth(services, tenantId, row, error);
  }
  const to = fresh;
  const now = new Date(clock.nowMs());
  const renamed = await db.tenant(tenantId, async (tx) => {
    if (row.partId !== null) await lockChainsOfPart(tx, row.partId);
    if (!(await renameBlob(tx, row.blobId, to, now))) {
      await insertDeadBlob(tx, to, siteId, now);
      return false;
    }
    await insertDeadBlob(tx, row.blobId, siteId, now);
    const points = await restorePointStates(tx);
    await recordAudit(
      tx,
      { kind: "system", name: "backup" },
      {
        action: "backup.blob_mended",
        object: { kind: "blob", id: to },
        details: { before: row.blobId, from: "second_location", points: points.length },
      },
    );
    return true;
  });
  if (!renamed) return "needless";
  logger.warn("backup.blob_mended", { before: row.blobId, after: to });
  bus.publish(`points:${tenantId}`);
  return "mended";
}

async function lostBoth(
  services: BackupServices,
  tenantId: TenantId,
  row: ReplicaRow,
  error: Failure,
): Promise<"lost"> {
  const { db, clock, logger, bus } = services;
  const { partId, replicaBlobId } = row;
  logger.error("backup.both_copies_damaged", error, { part: partId, blob: row.blobId, copy: replicaBlobId });
  if (partId !== null) {
    await db.tenant(tenantId, (tx) => markPartDamaged(tx, { id: partId, blobId: row.blobId }, new Date(clock.nowMs())));
    bus.publish(`points:${tenantId}`);
  }
  return "lost";
}

/** A copy that failed its check goes, and is wanted anew; the job makes it from the first. */
export async function discardCopy(services: BackupServices, tenantId: TenantId, row: ReplicaRow): Promise<void> {
  const { db, clock, jobs } = services;
  const copy = row.replicaBlobId;
  if (copy === null) return;
  const now = new Date(clock.nowMs());
  await db.tenant(tenantId, async (tx) => {
    if (!(await dropCopy(tx, row.blobId, copy, now))) return;
    await insertDeadBlob(tx, copy, await siteOfSpace(tx, row.spaceId), now, "replica");
    await jobs.enqueue(tx, replicaTask, {}, { key: "replicas" });
  });
}
