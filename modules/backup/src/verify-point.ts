import { type DeviceId, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { siteOfSpace, type UserActor } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { backupLimits } from "./limits.ts";
import type { PointId } from "./rows.ts";
import { checkPart, isSound, mendPart } from "./scrub.ts";
import type { BackupServices } from "./services.ts";
import {
  type AskedPoint,
  countAskedSince,
  lockPointToVerify,
  markVerified,
  markVerifyAsked,
  selectAskedPoint,
  selectOthersOfLine,
  selectPartsOfLine,
} from "./store-verify.ts";

/** The recurring task that reads again what points need of which somebody asked, in one process at a time. */
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
  perDayMax: number = backupLimits.verificationsPerDayMax,
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
  await recordAudit(tx, actor, {
    action: "backup.verification_asked",
    object: { kind: "restore_point", id: point.id },
  });
  return point.deviceId;
}

/**
 * One turn of one tenant: reads again what points need of which somebody asked, the oldest wish first. Cut anywhere and run
 * again it goes on where it was; after a turn's budget of bytes it makes way for others. A bad part is mended from its copy,
 * or damages the points that need it, as by the scrub. @throws unavailable when the store is away.
 */
export async function verifyAsked(services: BackupServices, tenantId: TenantId, signal: AbortSignal): Promise<void> {
  const { db } = services;
  let bytes = 0n;
  while (bytes < backupLimits.verifyBytesMax) {
    const point = await db.tenant(tenantId, selectAskedPoint, { readOnly: true });
    if (point === null) return;
    const now = new Date(services.clock.nowMs());
    if (point.askedAt !== null && point.askedAt > now) {
      // Asked by a clock that was ahead: nothing could be read later than that.
      await db.tenant(tenantId, (tx) => markVerifyAsked(tx, point.id, now));
      continue;
    }
    const due = { before: point.askedAt ?? new Date(0), now };
    const parts = await db.tenant(
      tenantId,
      (tx) => selectPartsOfLine(tx, point.fileId, due, backupLimits.verifyPageSize),
      { readOnly: true },
    );
    for (const part of parts) {
      signal.throwIfAborted();
      await checkPart(services, tenantId, part, signal);
      bytes += part.length;
    }
    if (parts.length === 0) {
      const others = await checkOthers(services, tenantId, point, signal);
      // The next turn reads what is named by then.
      if (others === "changed") return;
      await finish(services, tenantId, point, others === "damaged");
    }
    services.bus.publish(`points:${tenantId}`, `${point.deviceId} ${point.id}`);
  }
}

/**
 * Reads the block maps of a point's line and the keyring and VBM of its chain; a bad one is mended from its copy. `changed`
 * when a bad one has another name by now. @throws unavailable when the store is away.
 */
async function checkOthers(
  services: BackupServices,
  tenantId: TenantId,
  { id, fileId }: AskedPoint,
  signal: AbortSignal,
): Promise<"sound" | "damaged" | "changed"> {
  const { db, logger } = services;
  const select = () => db.tenant(tenantId, (tx) => selectOthersOfLine(tx, fileId), { readOnly: true });
  let found: "sound" | "damaged" = "sound";
  for (const other of await select()) {
    signal.throwIfAborted();
    const { blobId, spaceId } = other;
    const siteId = await db.tenant(tenantId, (tx) => siteOfSpace(tx, spaceId), { readOnly: true });
    if (await isSound(services.blobStoreFor(siteId), tenantId, other, signal)) continue;
    if (await mendPart(services, tenantId, other, signal)) continue;
    if (!(await select()).some((named) => named.blobId === blobId)) return "changed";
    const error = new Error("a block map, keyring or VBM does not match its SHA-256");
    logger.error("backup.needed_blob_damaged", error, { point: id, blob: blobId });
    found = "damaged";
  }
  return found;
}

async function finish(
  { db, clock }: BackupServices,
  tenantId: TenantId,
  point: AskedPoint,
  lacks: boolean,
): Promise<void> {
  await db.tenant(tenantId, async (tx) => {
    const state = await markVerified(tx, point, lacks, new Date(clock.nowMs()));
    if (state === null) return;
    await recordAudit(tx, system, {
      action: "backup.point_verified",
      object: { kind: "restore_point", id: point.id },
      details: { state },
    });
  });
}
