import { type Actor, type DeviceId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { assertRoom, requireSpace, settleBytes } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import type { FileId, PointId } from "./rows.ts";
import { selectOwnBytes } from "./store-compose.ts";
import { lockChain, selectFileOfAnyPoint } from "./store-files.ts";
import { releaseAlarm, reviveFile, selectBinnedLine } from "./store-retention.ts";
import { addUsage } from "./store-usage.ts";

const notFound = () => new Failure("not_found", "backup.point_not_found", "there is no such restore point");

/**
 * Takes a point out of the recycle bin, with everything in it that the point is built upon.
 * @throws not_found `backup.point_not_found`, conflict `backup.point_gone` when a part of the line was purged,
 *   over_quota `vault.over_quota`.
 */
export async function undeletePoint(
  tx: TenantTx,
  actor: Actor,
  input: { readonly pointId: PointId; readonly nowMs: number },
): Promise<DeviceId> {
  const found = await selectFileOfAnyPoint(tx, input.pointId);
  if (found === null || !(await lockChain(tx, found.deviceId, found.chainId))) throw notFound();
  const line = await selectBinnedLine(tx, input.pointId);
  if (line === null) throw new Failure("conflict", "backup.point_gone", "a file that the point needs is gone");
  for (const { id } of line) await revive(tx, id, { ...found, nowMs: input.nowMs });
  if (line.length > 0)
    await recordAudit(tx, actor, {
      action: "backup.point_undeleted",
      object: { kind: "restore_point", id: input.pointId },
      details: { files: line.length },
    });
  return found.deviceId;
}

async function revive(
  tx: TenantTx,
  id: FileId,
  { spaceId, deviceId, nowMs }: Awaited<ReturnType<typeof selectFileOfAnyPoint>> & { readonly nowMs: number },
): Promise<void> {
  const bytes = await selectOwnBytes(tx, id);
  assertRoom(await requireSpace(tx, spaceId, { lock: true }), bytes);
  await reviveFile(tx, id);
  await settleBytes(tx, spaceId, { pending: 0n, used: bytes }, nowMs);
  await addUsage(tx, { spaceId, deviceId, storedBytes: bytes }, new Date(nowMs));
}

/** Somebody has looked at an alarm: retention goes on. @throws not_found `backup.alarm_not_found`. */
export async function settleAlarm(
  tx: TenantTx,
  actor: Extract<Actor, { kind: "user" }>,
  input: { readonly id: string; readonly nowMs: number },
): Promise<void> {
  if (!(await releaseAlarm(tx, input.id, actor.principalId, new Date(input.nowMs))))
    throw new Failure("not_found", "backup.alarm_not_found", "there is no such open alarm");
  await recordAudit(tx, actor, { action: "backup.alarm_settled", object: { kind: "alarm", id: input.id } });
}
