import { type Actor, type DeviceId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { assertRoom, requireSpace, settleBytes } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { countBreaks } from "./chain-lines.ts";
import type { ChainId, FileId, PointId } from "./rows.ts";
import { selectChainLinks, selectOwnBytes } from "./store-compose.ts";
import { lockChain, selectFileOfAnyPoint } from "./store-files.ts";
import { releaseAlarm, reviveFile, selectBinnedLine } from "./store-retention.ts";
import { addUsage } from "./store-usage.ts";

const gone = () => new Failure("conflict", "backup.point_gone", "a file that the point needs is gone");
const notFound = () => new Failure("not_found", "backup.point_not_found", "there is no such restore point");

/**
 * Takes a point out of the recycle bin, with everything in it that the point is built upon.
 * @throws not_found `backup.point_not_found`, conflict `backup.point_gone` when a part of the line was purged,
 *   `backup.chain_went_on` when the chain has gone on from an earlier point, over_quota `vault.over_quota`.
 */
export async function undeletePoint(
  tx: TenantTx,
  actor: Actor,
  input: { readonly pointId: PointId; readonly nowMs: number },
): Promise<DeviceId> {
  const found = await selectFileOfAnyPoint(tx, input.pointId);
  if (found === null || !(await lockChain(tx, found.deviceId, found.chainId))) throw notFound();
  const line = await selectBinnedLine(tx, input.pointId);
  if (line === null) throw gone();
  await keepingLines(tx, found.chainId, async () => {
    for (const { id } of line) await revive(tx, id, { ...found, nowMs: input.nowMs });
  });
  if (line.length > 0)
    await recordAudit(tx, actor, {
      action: "backup.point_undeleted",
      object: { kind: "restore_point", id: input.pointId },
      details: { files: line.length },
    });
  return found.deviceId;
}

/**
 * Does what brings files of a chain back, and refuses when one of them then stood beside what was made since: every run of
 * the device's agent would fail on such a chain. What lies in the bin is restored from there.
 * @throws conflict `backup.chain_went_on`.
 */
export async function keepingLines(tx: TenantTx, chainId: ChainId, act: () => Promise<void>): Promise<void> {
  const before = countBreaks(await selectChainLinks(tx, chainId));
  await act();
  if (countBreaks(await selectChainLinks(tx, chainId)) <= before) return;
  throw new Failure("conflict", "backup.chain_went_on", "the chain has gone on from an earlier point since");
}

async function revive(
  tx: TenantTx,
  id: FileId,
  { spaceId, deviceId, nowMs }: Awaited<ReturnType<typeof selectFileOfAnyPoint>> & { readonly nowMs: number },
): Promise<void> {
  const bytes = await selectOwnBytes(tx, id);
  assertRoom(await requireSpace(tx, spaceId, { lock: true }), bytes);
  // The collector takes no lock of the chain, and may have held the space's row until now.
  if (!(await reviveFile(tx, id, new Date(nowMs)))) throw gone();
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
