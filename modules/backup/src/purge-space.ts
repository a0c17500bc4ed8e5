import type { BlobId, SpaceId, TenantId } from "@casaforte/kernel";
import { siteOfSpace } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { deleteBlobs } from "./collect.ts";
import { backupLimits } from "./limits.ts";
import type { BackupServices } from "./services.ts";
import { takeObjects, takeParts, takePurged } from "./store-purge-space.ts";
import { deleteNeedlessReplicas } from "./store-replicas.ts";
import { insertDeadBlob } from "./store-uploads.ts";

const page = backupLimits.collectPageSize;

/**
 * Deletes every stored byte of a space that was deleted with its contents, at both locations, without the bin's grace
 * (R61). `counted` is told in the transactions in which blobs are given up. Safe beside the collector and beside itself.
 */
export async function purgeSpace(
  services: BackupServices,
  input: { readonly tenantId: TenantId; readonly spaceId: SpaceId },
  counted: (tx: TenantTx, place: "first" | "replica", blobs: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { db, clock } = services;
  const { tenantId, spaceId } = input;
  const give = (place: "first" | "replica", take: (tx: TenantTx) => Promise<readonly BlobId[]>) =>
    db.tenant(tenantId, async (tx) => {
      const blobs = await take(tx);
      if (blobs.length === 0) return 0;
      const siteId = await siteOfSpace(tx, spaceId);
      for (const blob of blobs) await insertDeadBlob(tx, blob, siteId, new Date(clock.nowMs()), place);
      await counted(tx, place, blobs.length);
      return blobs.length;
    });
  const steps = [
    ["first", (tx: TenantTx) => takePurged(tx, spaceId, page)],
    ["first", (tx: TenantTx) => takeParts(tx, spaceId, page)],
    ["first", (tx: TenantTx) => takeObjects(tx, spaceId, page)],
  ] as const;
  for (const [place, take] of steps)
    for (;;) {
      signal.throwIfAborted();
      if ((await give(place, take)) < page) break;
    }
  for (let gone: number = page; gone >= page; ) {
    signal.throwIfAborted();
    await give("replica", async (tx) => {
      const found = await deleteNeedlessReplicas(tx, [spaceId], page);
      gone = found.gone;
      return found.stored.filter((each) => each.spaceId === spaceId).map(({ replicaBlobId }) => replicaBlobId);
    });
  }
  for (const place of ["first", "replica"] as const)
    await deleteBlobs(services, tenantId, { place, until: null }, signal);
}
