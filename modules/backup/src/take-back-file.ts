import { type DeviceId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { settleBytes, type UserActor } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { backupLimits } from "./limits.ts";
import type { FileId, PointId } from "./rows.ts";
import { replaceFile, selectOwnBytes } from "./store-compose.ts";
import { type EarlierFile, reviveReplacedFile, selectEarlierFiles } from "./store-earlier-files.ts";
import { lockChain, prolongLocks, selectFileOfAnyPoint } from "./store-files.ts";
import { restorePointStates, spreadDamage } from "./store-replicas.ts";
import { reviveFile, selectBinnedLine } from "./store-retention.ts";
import { addUsage } from "./store-usage.ts";
import { keepingLines } from "./undelete-point.ts";

const notFound = () => new Failure("not_found", "backup.point_not_found", "there is no such restore point");
const gone = () => new Failure("conflict", "backup.file_gone", "the earlier file, or one that it needs, is gone");

/** Until when an earlier file can be taken back; null when that is over. */
export function keptUntil(file: Pick<EarlierFile, "deletedAt">, nowMs: number): Date | null {
  const untilMs = file.deletedAt.getTime() + backupLimits.binMs;
  return untilMs > nowMs ? new Date(untilMs) : null;
}

/**
 * Gives a point back the file that it had before another took its place, with everything in the bin that this one is built
 * upon; idempotent. Point, time and lock stay, children follow, and the file that it had until now is kept as the earlier
 * one was: until the point's lock has ended, and for the days of the bin. The vault cannot see whether a replacement holds the
 * same image, so this is the way back from one made with a stolen token; want of room does not bar it.
 * @throws not_found `backup.point_not_found`, conflict `backup.point_deleted` for a point in the bin, `backup.file_gone`,
 *   `backup.chain_went_on` when the chain has gone on from an earlier point.
 */
export async function takeBackFile(
  tx: TenantTx,
  actor: UserActor,
  input: { readonly pointId: PointId; readonly fileId: FileId; readonly nowMs: number },
): Promise<DeviceId> {
  const { pointId, fileId, nowMs } = input;
  const found = await selectFileOfAnyPoint(tx, pointId);
  if (found === null || !(await lockChain(tx, found.deviceId, found.chainId))) throw notFound();
  // Read again under the chain's lock: a commit may just have replaced it.
  const present = await selectFileOfAnyPoint(tx, pointId);
  if (present === null) throw notFound();
  if (present.state !== "live") throw new Failure("conflict", "backup.point_deleted", "the point lies in the bin");
  if (present.id === fileId) return present.deviceId;
  const earlier = (await selectEarlierFiles(tx, [present.id])).find(({ id }) => id === fileId);
  if (earlier === undefined || keptUntil(earlier, nowMs) === null) throw gone();

  const now = new Date(nowMs);
  let used = await selectOwnBytes(tx, fileId);
  let files = 1;
  await keepingLines(tx, present.chainId, async () => {
    if (!(await reviveReplacedFile(tx, fileId, now))) throw gone();
    await replaceFile(tx, { pointId, oldId: present.id, newId: fileId }, now);
    used -= await selectOwnBytes(tx, present.id);
    const line = await selectBinnedLine(tx, pointId);
    if (line === null) throw gone();
    for (const { id } of line) {
      used += await selectOwnBytes(tx, id);
      if (!(await reviveFile(tx, id, now))) throw gone();
    }
    files += line.length;
  });
  await prolongLocks(tx, fileId, present.lockedUntil);
  // The scrub went on reading what was set aside: point and children are as sound as what they build upon now.
  await restorePointStates(tx);
  await spreadDamage(tx);
  const { spaceId, deviceId } = present;
  await settleBytes(tx, spaceId, { pending: 0n, used }, nowMs);
  await addUsage(tx, { spaceId, deviceId, storedBytes: used }, now);
  await recordAudit(tx, actor, {
    action: "backup.file_taken_back",
    object: { kind: "restore_point", id: pointId },
    details: { before: present.id, after: fileId, files },
  });
  return deviceId;
}
