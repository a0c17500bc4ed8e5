import { Failure, type SpaceId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { spacesLimits } from "./limits.ts";
import { requireSpace } from "./read-space.ts";
import type { Space, Threshold } from "./space.ts";
import { addToCounters, reservePending, updateThreshold } from "./store.ts";

/** The refusal with its figures, as numbers, for a console or an agent to show. */
export function overQuota(space: Space, neededBytes: bigint): Failure {
  return new Failure("over_quota", "vault.over_quota", "the data do not fit into the space", {
    details: {
      quotaBytes: Number(space.quotaBytes),
      usedBytes: Number(space.usedBytes),
      pendingBytes: Number(space.pendingBytes),
      neededBytes: Number(neededBytes),
    },
  });
}

/** @throws forbidden `vault.space_suspended`, over_quota `vault.over_quota`. Looks only; nothing is reserved. */
export function assertRoom(space: Space, bytes: bigint): void {
  if (space.state !== "active") throw new Failure("forbidden", "vault.space_suspended", "the space takes no new data");
  if (space.usedBytes + space.pendingBytes + bytes > space.quotaBytes) throw overQuota(space, bytes);
}

/** Takes room for a part in this transaction, exactly, also among parallel writers. @throws as assertRoom. */
export async function reserveBytes(tx: TenantTx, id: SpaceId, bytes: bigint): Promise<void> {
  if (await reservePending(tx, id, bytes)) return;
  const space = await requireSpace(tx, id);
  assertRoom(space, bytes);
  throw overQuota(space, bytes);
}

/** Gives room of an open upload back. */
export const releaseBytes = (tx: TenantTx, id: SpaceId, bytes: bigint): Promise<void> =>
  addToCounters(tx, id, { pending: -bytes });

/** An upload was committed: what was pending is used now. */
export async function settleBytes(
  tx: TenantTx,
  id: SpaceId,
  bytes: { readonly pending: bigint; readonly used: bigint },
  nowMs: number,
): Promise<void> {
  await addToCounters(tx, id, { pending: -bytes.pending, used: bytes.used });
  await settleThreshold(tx, id, nowMs);
}

/** A file went to the bin: off quota. */
export async function freeBytes(tx: TenantTx, id: SpaceId, bytes: bigint, nowMs: number): Promise<void> {
  await addToCounters(tx, id, { used: -bytes });
  await settleThreshold(tx, id, nowMs);
}

/** How much metadata a space may hold beside its quota: 1 % and 64 MiB. */
export const metadataReserve = (quotaBytes: bigint): bigint =>
  quotaBytes / spacesLimits.metadataReserveDivisor + spacesLimits.metadataReserveBytes;

/** How much of that reserve keyrings may take, so that they leave room for what every backup needs. */
export const keyringReserve = (quotaBytes: bigint): bigint =>
  metadataReserve(quotaBytes) / spacesLimits.keyringReserveDivisor;

/** The refusal with its figures, as numbers. */
export const metadataFull = (reserveBytes: bigint, usedBytes: bigint, neededBytes: bigint): Failure =>
  new Failure("over_quota", "vault.metadata_full", "the reserve for metadata is used up", {
    details: {
      reserveBytes: Number(reserveBytes),
      usedBytes: Number(usedBytes),
      neededBytes: Number(neededBytes),
    },
  });

/** Takes room in the metadata reserve; a full or suspended space still has it. @throws over_quota `vault.metadata_full`. */
export async function reserveMetadata(tx: TenantTx, id: SpaceId, bytes: bigint): Promise<void> {
  const space = await requireSpace(tx, id, { lock: true });
  const reserve = metadataReserve(space.quotaBytes);
  if (bytes > 0n && space.metadataBytes + bytes > reserve) throw metadataFull(reserve, space.metadataBytes, bytes);
  await addToCounters(tx, id, { metadata: bytes });
}

export const releaseMetadata = (tx: TenantTx, id: SpaceId, bytes: bigint): Promise<void> =>
  addToCounters(tx, id, { metadata: -bytes });

function thresholdOf(space: Space): Threshold {
  const percent = Number((space.usedBytes * 10_000n) / space.quotaBytes) / 100;
  return spacesLimits.thresholds.findLast((threshold) => percent >= threshold) ?? 0;
}

/** Records the warning that use has newly reached, once, or forgets the one it fell below (R95). */
export async function settleThreshold(tx: TenantTx, id: SpaceId, nowMs: number): Promise<void> {
  const space = await requireSpace(tx, id);
  const threshold = thresholdOf(space);
  if (threshold === space.threshold) return;
  await updateThreshold(tx, id, threshold, new Date(nowMs));
  if (threshold > space.threshold)
    await recordAudit(
      tx,
      { kind: "system", name: "spaces" },
      {
        action: "spaces.threshold_reached",
        object: { kind: "space", id },
        details: { percent: threshold, usedBytes: String(space.usedBytes), quotaBytes: String(space.quotaBytes) },
      },
    );
}
