import { type DeviceId, type Id, newId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { keepsEverything, type Policy, policyOfDevice } from "@casaforte/modules/policies";
import type { TenantTx } from "@casaforte/platform/db";
import { bin } from "./delete-point.ts";
import { findAnomalies } from "./find-anomaly.ts";
import { backupLimits } from "./limits.ts";
import { type ChainPoint, planChain } from "./plan-chain.ts";
import type { ChainId, FileRow } from "./rows.ts";
import type { BackupServices } from "./services.ts";
import { selectChainLinks } from "./store-compose.ts";
import { lockChain, selectLiveFilesOfChain } from "./store-files.ts";
import {
  insertAlarm,
  selectChainsOfTenant,
  selectOpenAlarms,
  selectRunFigures,
  setMergePoint,
} from "./store-retention.ts";

const system = { kind: "system", name: "backup" } as const;

export interface RetentionReport {
  readonly pointsExpired: number;
  readonly chainsHeld: number;
}

/**
 * Applies the devices' policies to one tenant's chains, by the vault's clock: what has had its time goes to the bin, and
 * stays there for the bin's days. A device whose last run looks like an attack keeps everything until somebody has
 * looked. Without a policy nothing goes.
 */
export async function applyRetention(
  services: BackupServices,
  tenantId: TenantId,
  signal: AbortSignal,
): Promise<RetentionReport> {
  const { db } = services;
  const chains = await db.tenant(tenantId, (tx) => selectChainsOfTenant(tx), { readOnly: true });
  let pointsExpired = 0;
  let chainsHeld = 0;
  for (const chain of chains) {
    signal.throwIfAborted();
    const done = await db.tenant(tenantId, (tx) => tendChain(services, tx, chain.deviceId, chain.id));
    if (done === "held") chainsHeld++;
    else pointsExpired += done;
  }
  return { pointsExpired, chainsHeld };
}

async function tendChain(
  services: BackupServices,
  tx: TenantTx,
  deviceId: DeviceId,
  chainId: ChainId,
): Promise<number | "held"> {
  const nowMs = services.clock.nowMs();
  // Also without a policy: an open alarm holds back who deletes by hand.
  await raiseAlarms(services, tx, deviceId, nowMs);
  const policy = await policyOfDevice(tx, deviceId);
  if (policy === null) return 0;
  if ((await selectOpenAlarms(tx, deviceId)).length > 0) return "held";
  if (keepsEverything(policy.settings.retention) || !(await lockChain(tx, deviceId, chainId))) return 0;
  const files = await selectLiveFilesOfChain(tx, chainId);
  const stored = await selectChainLinks(tx, chainId);
  const plan = planChain(files.map(toPoint), { ...rulesOf(policy), nowMs, stored });
  await setMergePoint(tx, chainId, plan.mergePointId);
  const byPoint = new Map(files.map((file) => [file.pointId as string, file]));
  const page = plan.expired.slice(0, backupLimits.retentionPointsMax);
  for (const point of page) {
    const file = byPoint.get(point.pointId);
    if (file) await expire(tx, file, policy, nowMs);
  }
  if (page.length > 0) tx.afterCommit(() => services.bus.publish(`points:${tx.tenantId}`));
  return page.length;
}

const toPoint = (file: FileRow): ChainPoint => ({
  pointId: file.pointId,
  fileId: file.id,
  parentFileId: file.parentFileId,
  atMs: file.at.getTime(),
  lockedUntilMs: file.lockedUntil.getTime(),
  state: file.pointState === "damaged" ? "damaged" : "good",
});

function rulesOf({ settings }: Policy) {
  const { retention, schedule } = settings;
  return { retention, timeZone: schedule.kind === "cron" ? schedule.timeZone : "UTC" };
}

async function expire(tx: TenantTx, file: FileRow, policy: Policy, nowMs: number): Promise<void> {
  await bin(tx, file, nowMs);
  await recordAudit(tx, system, {
    action: "backup.point_expired",
    object: { kind: "restore_point", id: file.pointId },
    details: { file: file.id, at: file.at.toISOString(), policy: policy.id, version: policy.version },
  });
}

/** Raises what alarms the last runs of a device give reason for; those that are known stay as they are. */
export async function raiseAlarms(
  { clock, random }: Pick<BackupServices, "clock" | "random">,
  tx: TenantTx,
  deviceId: DeviceId,
  nowMs: number,
): Promise<void> {
  for (const anomaly of findAnomalies(await selectRunFigures(tx, deviceId, backupLimits.anomalyRunsSeen))) {
    const id = newId<Id<"Alarm">>(clock, random);
    if (!(await insertAlarm(tx, { ...anomaly, id, deviceId }, new Date(nowMs)))) continue;
    await recordAudit(tx, system, {
      action: "backup.alarm_raised",
      object: { kind: "device", id: deviceId },
      details: { kind: anomaly.kind, usual: String(anomaly.usual), found: String(anomaly.found) },
    });
  }
}
