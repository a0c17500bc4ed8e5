import type { BlobId, SpaceId, TenantId } from "@casaforte/kernel";
import { siteOfSpace } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { deleteBlobs } from "./collect.ts";
import { backupLimits } from "./limits.ts";
import type { BackupServices } from "./services.ts";
import { takeObjects, takeParts, takePurged, takeReplicas } from "./store-purge-space.ts";
import { insertDeadBlob } from "./store-uploads.ts";

const page = backupLimits.collectPageSize;

/**
 * Deletes every stored byte of a space that was deleted with its contents, at both locations, without the bin's grace
 * (R61); what waits for its time of the customer's other spaces waits on. `counted` is told in the transactions in which blobs are given up; `guard` is asked before each page and each blob,
 * and throws when it must stay. Safe beside the collector and beside itself.
 */
export async function purgeSpace(
  services: BackupServices,
  input: { readonly tenantId: TenantId; readonly spaceId: SpaceId },
  counted: (tx: TenantTx, place: "first" | "replica", blobs: number) => Promise<void>,
  guard: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { db, clock } = services;
  const { tenantId, spaceId } = input;
  const give = (place: "first" | "replica", take: (tx: TenantTx) => Promise<readonly (BlobId | null)[]>) =>
    db.tenant(tenantId, async (tx) => {
      const taken = await take(tx);
      const blobs = taken.filter((blob) => blob !== null);
      if (blobs.length === 0) return taken.length;
      const siteId = await siteOfSpace(tx, spaceId);
      for (const blob of blobs) await insertDeadBlob(tx, blob, siteId, new Date(clock.nowMs()), place, spaceId);
      await counted(tx, place, blobs.length);
      return taken.length;
    });
  const steps = [
    ["first", (tx: TenantTx) => takePurged(tx, spaceId, page)],
    ["first", (tx: TenantTx) => takeParts(tx, spaceId, page)],
    ["first", (tx: TenantTx) => takeObjects(tx, spaceId, page)],
    ["replica", (tx: TenantTx) => takeReplicas(tx, spaceId, page)],
  ] as const;
  for (const [place, take] of steps)
    for (;;) {
      signal.throwIfAborted();
      await guard();
      if ((await give(place, take)) < page) break;
    }
  for (const place of ["first", "replica"] as const)
    await deleteBlobs(services, tenantId, { place, until: new Date(clock.nowMs()), ofSpace: spaceId }, signal, guard);
}
