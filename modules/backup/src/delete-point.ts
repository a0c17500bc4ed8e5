import { type Actor, type DeviceId, Failure, type SpaceId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { deleteDevice as endDevice, listDevices, requireActiveDevice, revokeDevice } from "@casaforte/modules/devices";
import { deleteSpace as endSpace, freeBytes, requireSpace } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { dropUpload } from "./abort-upload.ts";
import { backupLimits } from "./limits.ts";
import type { FileRow, PointId } from "./rows.ts";
import { selectSteadySince } from "./store-collect.ts";
import { selectOwnBytes } from "./store-compose.ts";
import { lockChain, markFileDeleted, selectFileOfPoint, selectLiveChild, selectLiveFiles } from "./store-files.ts";
import { selectOpenUploads } from "./store-uploads.ts";
import { addUsage } from "./store-usage.ts";
import { notFound } from "./troubles.ts";

/** @throws locked `vault.point_locked` with the end of the last lock. */
export function assertUnlocked(files: readonly FileRow[], nowMs: number): void {
  const last = files.reduce((max, file) => Math.max(max, file.lockedUntil.getTime()), 0);
  if (last > nowMs) throw pointLocked(last);
}

/**
 * The same where nobody looked at the clock before: that a lock ended is believed once the vault's clock has run steadily for
 * a day, so that no jump of it ends one. What was never locked waits for nothing.
 */
async function assertLocksEnded(tx: TenantTx, files: readonly FileRow[], nowMs: number): Promise<void> {
  const locked = files.filter(({ at, lockedUntil }) => lockedUntil > at);
  assertUnlocked(locked, nowMs);
  if (locked.length === 0) return;
  const since = await selectSteadySince(tx, new Date(nowMs), backupLimits.clockGapMs);
  const steadyMs = (since?.getTime() ?? nowMs) + backupLimits.clockSteadyMs;
  if (steadyMs > nowMs) throw pointLocked(steadyMs);
}

const pointLocked = (untilMs: number) =>
  new Failure("locked", "vault.point_locked", "a lock has not ended yet", {
    details: { lockedUntil: new Date(untilMs).toISOString() },
  });

/** First phase: off quota, out of sight, still there. What others share stays counted. */
export async function bin(tx: TenantTx, file: FileRow, nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  const bytes = await selectOwnBytes(tx, file.id);
  await markFileDeleted(tx, file.id, now);
  await freeBytes(tx, file.spaceId, bytes, nowMs);
  await addUsage(tx, { spaceId: file.spaceId, deviceId: file.deviceId, storedBytes: -bytes }, now);
}

/**
 * Moves a point to the recycle bin, off quota; idempotent. The lock is the vault's own and nobody shortens it.
 * @throws locked `vault.point_locked`, conflict `vault.point_needed` while a live increment builds on it.
 */
export async function deletePoint(
  tx: TenantTx,
  input: { readonly deviceId: DeviceId; readonly pointId: PointId; readonly ip: string; readonly nowMs: number },
): Promise<void> {
  await requireActiveDevice(tx, input.deviceId);
  const found = await selectFileOfPoint(tx, input.deviceId, input.pointId);
  if (found === null || !(await lockChain(tx, input.deviceId, found.chainId))) throw notFound();
  // Read again under the chain's lock: a commit may just have prolonged it or built upon it.
  const file = await selectFileOfPoint(tx, input.deviceId, input.pointId);
  if (file === null) throw notFound();
  if (file.state !== "live") return;
  await assertLocksEnded(tx, [file], input.nowMs);
  const child = await selectLiveChild(tx, file.id);
  if (child !== null)
    throw new Failure("conflict", "vault.point_needed", "a live point builds on this one", {
      details: { neededBy: child },
    });
  await bin(tx, file, input.nowMs);
  const actor = { kind: "device", tenantId: tx.tenantId, deviceId: input.deviceId, ip: input.ip } as const;
  await recordAudit(tx, actor, {
    action: "backup.point_deleted",
    object: { kind: "restore_point", id: file.pointId },
    details: { file: file.id, at: file.at.toISOString(), size: String(file.size) },
  });
}

async function empty(
  tx: TenantTx,
  filter: { readonly deviceId?: DeviceId; readonly spaceId?: SpaceId },
  nowMs: number,
  overLocks = false,
): Promise<void> {
  const files = await selectLiveFiles(tx, filter);
  for (const chainId of new Set(files.map((file) => file.chainId))) {
    const deviceId = files.find((file) => file.chainId === chainId)?.deviceId;
    if (deviceId !== undefined) await lockChain(tx, deviceId, chainId);
  }
  const locked = await selectLiveFiles(tx, filter);
  if (!overLocks) await assertLocksEnded(tx, locked, nowMs);
  for (const file of locked) await bin(tx, file, nowMs);
  for (;;) {
    const uploads = await selectOpenUploads(tx, filter, 100);
    if (uploads.length === 0) return;
    for (const upload of uploads) await dropUpload(tx, upload, nowMs);
  }
}

/**
 * Deletes a space with everything in it: its devices lose their tokens, its points go to the bin.
 * `overLocks`: the whole window in which the customer was told of the end is over, and with it the locks made in it (R61).
 * @throws locked `vault.point_locked` while any point is locked, invalid `spaces.confirmation`.
 */
export async function deleteSpaceWithContents(
  tx: TenantTx,
  actor: Actor,
  input: {
    readonly id: SpaceId;
    readonly confirmation: string;
    readonly nowMs: number;
    readonly overLocks?: boolean;
  },
  hint: (topic: string, payload?: string) => void,
): Promise<void> {
  await requireSpace(tx, input.id);
  for (const device of await listDevices(tx, input.id)) {
    await revokeDevice(tx, actor, { id: device.id, nowMs: input.nowMs }, hint);
    await endDevice(tx, actor, { id: device.id, confirmation: device.name, nowMs: input.nowMs }, hint);
  }
  await empty(tx, { spaceId: input.id }, input.nowMs, input.overLocks);
  await endSpace(tx, actor, input);
}

/** Deletes a device with its restore points. @throws as deleteSpaceWithContents, invalid `devices.confirmation`. */
export async function deleteDeviceWithContents(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: DeviceId; readonly confirmation: string; readonly nowMs: number },
  hint: (topic: string, payload?: string) => void,
): Promise<void> {
  await endDevice(tx, actor, input, hint);
  await empty(tx, { deviceId: input.id }, input.nowMs);
}
