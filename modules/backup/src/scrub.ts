import { createHash } from "node:crypto";
import { Failure, type Id, newId, type TenantId } from "@casaforte/kernel";
import { siteOfSpace } from "@casaforte/modules/spaces";
import type { BlobStore } from "@casaforte/platform/blobstore";
import { backupLimits } from "./limits.ts";
import { mendFirst } from "./mend-blob.ts";
import type { BackupServices } from "./services.ts";
import {
  insertScrub,
  markPartChecked,
  markPartDamaged,
  type PartToCheck,
  selectPartsToCheck,
} from "./store-collect.ts";
import { markFirstDamaged, selectReplica } from "./store-replicas.ts";

export interface ScrubReport {
  readonly parts: number;
  readonly bytes: bigint;
  /** Bad, and no copy to write them anew from. */
  readonly damaged: number;
  /** Bad, and written anew from the other copy. */
  readonly mended: number;
}

/** Compares one stored blob with its SHA-256. A store that cannot be reached says nothing about the part. @throws unavailable. */
export async function isSound(
  store: BlobStore,
  tenantId: TenantId,
  part: Pick<PartToCheck, "blobId" | "length" | "sha256">,
  signal: AbortSignal,
): Promise<boolean> {
  const hash = createHash("sha256");
  let length = 0n;
  try {
    for await (const piece of store.read(tenantId, part.blobId, undefined, { signal })) {
      hash.update(piece);
      length += BigInt(piece.length);
    }
  } catch (error) {
    if (error instanceof Failure && (error.kind === "corrupt" || error.kind === "not_found")) return false;
    throw error;
  }
  return length === part.length && hash.digest().equals(part.sha256);
}

/**
 * Re-reads parts of one tenant that were not checked for thirty days, oldest first, up to a budget of bytes, and marks
 * every point that needs a bad one; where the second location has a copy, the part is written anew from it instead. Writes a report when it read anything.
 */
export async function scrubTenant(
  services: BackupServices,
  tenantId: TenantId,
  signal: AbortSignal,
): Promise<ScrubReport> {
  const { db, clock, random } = services;
  const startedAt = new Date(clock.nowMs());
  const before = new Date(clock.nowMs() - backupLimits.scrubEveryMs);
  let parts = 0;
  let bytes = 0n;
  let damaged = 0;
  let mended = 0;
  while (bytes < backupLimits.scrubBytesMax) {
    const now = new Date(clock.nowMs());
    const due = await db.tenant(tenantId, (tx) => selectPartsToCheck(tx, { before, now }, backupLimits.scrubPageSize), {
      readOnly: true,
    });
    for (const part of due) {
      signal.throwIfAborted();
      const found = await checkPart(services, tenantId, part, signal);
      // Mended meanwhile: it is read again when it is due.
      if (found === "changed") continue;
      if (found === "mended") mended++;
      if (found === "damaged") damaged++;
      parts++;
      bytes += part.length;
    }
    if (due.length < backupLimits.scrubPageSize) break;
  }
  if (parts > 0) {
    const finishedAt = new Date(clock.nowMs());
    const id = newId<Id<"Scrub">>(clock, random);
    const row = { id, startedAt, finishedAt, parts: BigInt(parts), bytes, damaged: BigInt(damaged) } as const;
    await db.tenant(tenantId, (tx) => insertScrub(tx, { ...row, place: "first", mended: BigInt(mended) }));
  }
  return { parts, bytes, damaged, mended };
}

/**
 * Reads one part and notes what it is: sound, written anew from its copy, or bad, with every point that needs it. `changed`
 * when it has other bytes by now than those that were read. @throws unavailable when the store is away.
 */
export async function checkPart(
  services: BackupServices,
  tenantId: TenantId,
  part: PartToCheck,
  signal: AbortSignal,
): Promise<"sound" | "mended" | "damaged" | "changed"> {
  const { db, clock, logger, bus } = services;
  const siteId = await db.tenant(tenantId, (tx) => siteOfSpace(tx, part.spaceId), { readOnly: true });
  const sound = await isSound(services.blobStoreFor(siteId), tenantId, part, signal);
  const now = new Date(clock.nowMs());
  if (sound) {
    await db.tenant(tenantId, (tx) => markPartChecked(tx, part.id, now));
    return "sound";
  }
  if (await mendPart(services, tenantId, part, signal)) return "mended";
  const points = await db.tenant(tenantId, (tx) => markPartDamaged(tx, part, now));
  if (points === null) return "changed";
  logger.error("backup.part_damaged", new Error("a stored part does not match its SHA-256"), {
    part: part.id,
    blob: part.blobId,
    points: points.length,
  });
  bus.publish(`points:${tenantId}`);
  return "damaged";
}

/** Writes a bad blob anew from its copy. False when there is none, it cannot be reached, or it is bad too. */
export async function mendPart(
  services: BackupServices,
  tenantId: TenantId,
  part: Pick<PartToCheck, "blobId">,
  signal: AbortSignal,
): Promise<boolean> {
  const replica = await services.db.tenant(tenantId, (tx) => selectReplica(tx, part.blobId), { readOnly: true });
  // Without a copy, or with one that cannot be reached now, the caller marks the part.
  if (replica === null || replica.blobId !== part.blobId || replica.replicaBlobId === null) return false;
  try {
    return (await mendFirst(services, tenantId, replica, signal)) === "mended";
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "unavailable") throw error;
    // The points count as damaged until the second location is back and the part is mended.
    const now = new Date(services.clock.nowMs());
    await services.db.tenant(tenantId, (tx) => markFirstDamaged(tx, part.blobId, now));
    return false;
  }
}
