import { type Id, newId, type TenantId } from "@casaforte/kernel";
import { siteOfSpace } from "@casaforte/modules/spaces";
import { backupLimits } from "./limits.ts";
import { makeReplicas } from "./make-replicas.ts";
import { discardCopy } from "./mend-blob.ts";
import { isSound, type ScrubReport } from "./scrub.ts";
import type { BackupServices } from "./services.ts";
import { insertScrub } from "./store-collect.ts";
import { markFirstDamaged, markReplicaChecked, type ReplicaRow, selectReplicasToCheck } from "./store-replicas.ts";

/**
 * Re-reads copies at second locations that were not checked for thirty days, by themselves and not by their firsts; a bad
 * one is made anew from the first. Of block maps and objects, which the other scrub does not read, the firsts are read too.
 * @throws unavailable when a second location is away: nothing is said about its copies then.
 */
export async function scrubReplicas(
  services: BackupServices,
  tenantId: TenantId,
  signal: AbortSignal,
): Promise<ScrubReport> {
  const { db, clock, random } = services;
  const startedAt = new Date(clock.nowMs());
  const before = new Date(clock.nowMs() - backupLimits.scrubEveryMs);
  let parts = 0;
  let bytes = 0n;
  let bad = 0;
  while (bytes < backupLimits.scrubBytesMax) {
    const now = new Date(clock.nowMs());
    const due = await db.tenant(
      tenantId,
      (tx) => selectReplicasToCheck(tx, { before, now }, backupLimits.scrubPageSize),
      {
        readOnly: true,
      },
    );
    for (const row of due) {
      signal.throwIfAborted();
      if (!(await checkReplica(services, tenantId, row, signal))) bad++;
      parts++;
      bytes += row.length;
    }
    if (due.length < backupLimits.scrubPageSize) break;
  }
  if (parts === 0) return { parts, bytes, damaged: 0, mended: 0 };
  const { made, mended, lost } =
    bad === 0 ? { made: 0, mended: 0, lost: 0 } : await makeReplicas(services, tenantId, signal);
  const id = newId<Id<"Scrub">>(clock, random);
  const report = { parts, bytes, damaged: lost, mended: Math.min(bad, made + mended) };
  const row = { id, startedAt, finishedAt: new Date(clock.nowMs()), bytes, place: "replica" as const };
  const figures = { parts: BigInt(parts), damaged: BigInt(lost), mended: BigInt(report.mended) };
  await db.tenant(tenantId, (tx) => insertScrub(tx, { ...row, ...figures }));
  return report;
}

/** True when the copy, and the first that nobody else reads, are sound. */
async function checkReplica(
  services: BackupServices,
  tenantId: TenantId,
  row: ReplicaRow,
  signal: AbortSignal,
): Promise<boolean> {
  const { db, clock, logger } = services;
  const copy = row.replicaBlobId;
  if (copy === null) return true;
  const siteId = await db.tenant(tenantId, (tx) => siteOfSpace(tx, row.spaceId), { readOnly: true });
  const sound = await isSound(services.replicaStoreFor(siteId), tenantId, { ...row, blobId: copy }, signal);
  if (!sound) {
    logger.error("backup.replica_damaged", new Error("a copy does not match its SHA-256"), { blob: row.blobId, copy });
    await discardCopy(services, tenantId, row);
    return false;
  }
  const now = new Date(clock.nowMs());
  const readFirst = row.partId === null;
  const firstSound = !readFirst || (await isSound(services.blobStoreFor(siteId), tenantId, row, signal));
  await db.tenant(tenantId, async (tx) => {
    await markReplicaChecked(tx, row.blobId, now);
    if (!firstSound) await markFirstDamaged(tx, row.blobId, now);
  });
  return firstSound;
}
