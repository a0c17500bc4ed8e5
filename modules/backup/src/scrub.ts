import { createHash } from "node:crypto";
import { Failure, type Id, newId, type TenantId } from "@casaforte/kernel";
import { siteOfSpace } from "@casaforte/modules/spaces";
import { backupLimits } from "./limits.ts";
import type { BackupServices } from "./services.ts";
import {
  insertScrub,
  markPartChecked,
  markPartDamaged,
  type PartToCheck,
  selectPartsToCheck,
} from "./store-collect.ts";

export interface ScrubReport {
  readonly parts: number;
  readonly bytes: bigint;
  readonly damaged: number;
}

/** Compares one stored part with its SHA-256. A store that cannot be reached says nothing about the part. @throws unavailable. */
async function isSound(
  services: BackupServices,
  tenantId: TenantId,
  siteId: string,
  part: PartToCheck,
  signal: AbortSignal,
): Promise<boolean> {
  const hash = createHash("sha256");
  let length = 0n;
  try {
    for await (const piece of services.blobStoreFor(siteId).read(tenantId, part.blobId, undefined, { signal })) {
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
 * every point that needs a bad one. Writes a report when it read anything.
 */
export async function scrubTenant(
  services: BackupServices,
  tenantId: TenantId,
  signal: AbortSignal,
): Promise<ScrubReport> {
  const { db, clock, random, logger, bus } = services;
  const startedAt = new Date(clock.nowMs());
  const before = new Date(clock.nowMs() - backupLimits.scrubEveryMs);
  let parts = 0;
  let bytes = 0n;
  let damaged = 0;
  while (bytes < backupLimits.scrubBytesMax) {
    const due = await db.tenant(tenantId, (tx) => selectPartsToCheck(tx, before, backupLimits.scrubPageSize), {
      readOnly: true,
    });
    for (const part of due) {
      signal.throwIfAborted();
      const siteId = await db.tenant(tenantId, (tx) => siteOfSpace(tx, part.spaceId), { readOnly: true });
      const sound = await isSound(services, tenantId, siteId, part, signal);
      const now = new Date(clock.nowMs());
      if (sound) await db.tenant(tenantId, (tx) => markPartChecked(tx, part.id, now));
      else {
        damaged++;
        const points = await db.tenant(tenantId, (tx) => markPartDamaged(tx, part.id, now));
        logger.error("backup.part_damaged", new Error("a stored part does not match its SHA-256"), {
          part: part.id,
          blob: part.blobId,
          points: points.length,
        });
        bus.publish(`points:${tenantId}`);
      }
      parts++;
      bytes += part.length;
    }
    if (due.length < backupLimits.scrubPageSize) break;
  }
  if (parts > 0) {
    const finishedAt = new Date(clock.nowMs());
    const id = newId<Id<"Scrub">>(clock, random);
    const row = { id, startedAt, finishedAt, parts: BigInt(parts), bytes, damaged: BigInt(damaged) };
    await db.tenant(tenantId, (tx) => insertScrub(tx, row));
  }
  return { parts, bytes, damaged };
}
