import { type DeviceId, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { UserActor } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { backupLimits } from "./limits.ts";
import type { PointId } from "./rows.ts";
import { checkPart } from "./scrub.ts";
import type { BackupServices } from "./services.ts";
import {
  type AskedPoint,
  countAskedSince,
  lockPointToVerify,
  markVerified,
  markVerifyAsked,
  selectAskedPoint,
  selectPartsOfLine,
} from "./store-verify.ts";

/** The job that reads again what points need of which somebody asked. */
export const verifyTask = "backup.verify";
const system = { kind: "system", name: "backup" } as const;

/**
 * Asks that everything a point needs, down to its full, be read again and compared with its SHA-256. While it is under way
 * a second wish is nothing.
 * @throws not_found `backup.point_not_found`, conflict `backup.point_deleted` for one in the bin, rate_limited
 *   `backup.verified_lately` (`details.minutes`: at least that long after the last), `backup.too_many_verifications`
 *   (`details.max`: a day).
 */
export async function askVerification(
  tx: TenantTx,
  actor: UserActor,
  input: { readonly pointId: PointId; readonly nowMs: number },
  {
    jobs,
    perDayMax = backupLimits.verificationsPerDayMax,
  }: Pick<BackupServices, "jobs"> & { readonly perDayMax?: number },
): Promise<DeviceId> {
  const { verifyAgainMs } = backupLimits;
  const point = await lockPointToVerify(tx, input.pointId);
  if (point === null) throw new Failure("not_found", "backup.point_not_found", "there is no such restore point");
  if (point.state === "deleted") throw new Failure("conflict", "backup.point_deleted", "the point lies in the bin");
  if (point.askedAt !== null && point.verifiedAt === null) return point.deviceId;
  if (point.askedAt !== null && input.nowMs - point.askedAt.getTime() < verifyAgainMs)
    throw new Failure("rate_limited", "backup.verified_lately", "this point was verified a moment ago", {
      details: { minutes: verifyAgainMs / 60_000 },
    });
  if ((await countAskedSince(tx, new Date(input.nowMs - 86_400_000))) >= perDayMax)
    throw new Failure("rate_limited", "backup.too_many_verifications", "many points were verified today", {
      details: { max: perDayMax },
    });
  await markVerifyAsked(tx, point.id, new Date(input.nowMs));
  await jobs.enqueue(tx, verifyTask, {}, { key: "verify" });
  await recordAudit(tx, actor, {
    action: "backup.verification_asked",
    object: { kind: "restore_point", id: point.id },
  });
  return point.deviceId;
}

/**
 * Reads again what one tenant's points need of which somebody asked, the oldest wish first. Cut anywhere and run again it
 * goes on where it was; after a run's budget of bytes it makes way for others and comes again. A bad part is mended from
 * its copy, or damages the points that need it, as by the scrub. @throws unavailable when the store is away.
 */
export async function verifyAsked(services: BackupServices, tenantId: TenantId, signal: AbortSignal): Promise<void> {
  const { db, jobs } = services;
  let bytes = 0n;
  for (;;) {
    const point = await db.tenant(tenantId, selectAskedPoint, { readOnly: true });
    if (point === null) return;
    const since = point.askedAt ?? new Date(0);
    const parts = await db.tenant(
      tenantId,
      (tx) => selectPartsOfLine(tx, point.fileId, since, backupLimits.verifyPageSize),
      { readOnly: true },
    );
    for (const part of parts) {
      signal.throwIfAborted();
      await checkPart(services, tenantId, part, signal);
      bytes += part.length;
    }
    services.bus.publish(`points:${tenantId}`, `${point.deviceId} ${point.id}`);
    if (parts.length === 0) await finish(services, tenantId, point);
    if (bytes >= backupLimits.scrubBytesMax) {
      await db.tenant(tenantId, (tx) => jobs.enqueue(tx, verifyTask, {}, { key: "verify" }));
      return;
    }
  }
}

async function finish({ db, clock }: BackupServices, tenantId: TenantId, point: AskedPoint): Promise<void> {
  await db.tenant(tenantId, async (tx) => {
    const state = await markVerified(tx, point, new Date(clock.nowMs()));
    if (state === null) return;
    await recordAudit(tx, system, {
      action: "backup.point_verified",
      object: { kind: "restore_point", id: point.id },
      details: { state },
    });
  });
}
