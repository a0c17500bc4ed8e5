import type { BlobId, TenantId } from "@casaforte/kernel";
import { backupLimits } from "./limits.ts";
import type { BackupServices } from "./services.ts";
import { selectNamedBlobs } from "./store-collect.ts";
import { selectNamedReplicas } from "./store-replicas.ts";

/**
 * Deletes blobs of one tenant at one location of a site that no row names: what a crash between blob and row left behind. Only blobs
 * older than a day, so that none that still waits for its row is touched. The store must be the backup module's own.
 * Returns how many went.
 */
export async function sweepOrphans(
  services: BackupServices,
  tenantId: TenantId,
  siteId: string,
  signal: AbortSignal,
  place: "first" | "replica" = "first",
): Promise<number> {
  const { db, clock } = services;
  const store = place === "first" ? services.blobStoreFor(siteId) : services.replicaStoreFor(siteId);
  const selectNamed = place === "first" ? selectNamedBlobs : selectNamedReplicas;
  const before = clock.nowMs() - backupLimits.orphanGraceMs;
  let count = 0;
  let batch: BlobId[] = [];
  const judge = async () => {
    const ids = batch;
    batch = [];
    const named = await db.tenant(tenantId, (tx) => selectNamed(tx, ids), { readOnly: true });
    for (const id of ids) {
      if (named.has(id)) continue;
      signal.throwIfAborted();
      await store.delete(tenantId, id);
      count++;
    }
  };
  for await (const { id, createdMs } of store.list(tenantId)) {
    if (createdMs >= before) continue;
    batch.push(id);
    if (batch.length >= backupLimits.collectPageSize) await judge();
  }
  if (batch.length > 0) await judge();
  if (count > 0) services.logger.warn("backup.orphans_deleted", { tenantId, siteId, place, count });
  return count;
}
