import { type Actor, type DeviceId, Failure, type SiteId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { type Device, requireDevice } from "@casaforte/modules/devices";
import { requireSpace, type Space } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { vaultLimits } from "@casaforte/vault";
import { backupLimits } from "./limits.ts";
import type { FileId, FileRow, PointId } from "./rows.ts";
import { selectFile, selectFileOfPoint } from "./store-files.ts";
import { type ObjectRow, selectKeyringVersions, selectObject } from "./store-objects.ts";
import { type LineFile, selectLine } from "./store-restore.ts";
import { notFound } from "./troubles.ts";

export interface OpenedRestore {
  readonly device: Device;
  readonly file: FileRow;
  readonly line: readonly LineFile[];
  readonly keyring: ObjectRow;
  readonly keyringVersions: readonly { readonly version: number; readonly storedAt: Date }[];
  readonly siteId: SiteId;
}

/** Whether a file's bytes are given out: live, or in the bin and within its days. What is kept there for longer is not. */
function isGivenOut({ state, deletedAt }: Pick<LineFile, "state" | "deletedAt">, nowMs: number): boolean {
  if (state === "deleted") return deletedAt !== null && deletedAt.getTime() + backupLimits.binMs > nowMs;
  return state === "live";
}

/**
 * What a browser needs to read a point: its line of files and the chain's keyring, the newest or the version asked for. Written into the audit log, since it
 * is how data leave (R30). Also for a revoked device, and for a point in the bin: it cannot always be taken back. @throws not_found `vault.not_found`; corrupt `backup.line_broken`.
 */
export async function openRestore(
  tx: TenantTx,
  actor: Actor,
  input: {
    readonly deviceId: DeviceId;
    readonly pointId: PointId;
    readonly keyringVersion: number | null;
    readonly nowMs: number;
  },
): Promise<OpenedRestore> {
  const device = await requireDevice(tx, input.deviceId);
  const file = await selectFileOfPoint(tx, input.deviceId, input.pointId);
  const line = file === null ? [] : await selectLine(tx, file.id);
  const last = line.at(-1);
  if (file === null || last === undefined || !isGivenOut(last, input.nowMs)) throw notFound();
  if (line[0]?.kind !== "vbk" || line.some((part) => !isGivenOut(part, input.nowMs)))
    throw new Failure("corrupt", "backup.line_broken", "a file that the point builds upon is gone");
  const keyring = await selectObject(tx, file.chainId, "keyring", input.keyringVersion);
  if (keyring === null) throw notFound();
  const keyringVersions = await selectKeyringVersions(tx, file.chainId, vaultLimits.keyringVersionsShown);
  const { siteId } = await requireSpace(tx, file.spaceId);
  await recordAudit(tx, actor, {
    action: "backup.restore_opened",
    object: { kind: "restore_point", id: file.pointId },
    details: { device: device.id, at: file.at.toISOString(), keyring: keyring.version },
  });
  return { device, file, line, keyring, keyringVersions, siteId };
}

/** A file of a device that is given out, with the space that it is in. @throws not_found `vault.not_found`. */
export async function requireGivenOut(
  tx: TenantTx,
  { deviceId, fileId, nowMs }: { readonly deviceId: DeviceId; readonly fileId: FileId; readonly nowMs: number },
): Promise<{ readonly file: FileRow; readonly space: Space }> {
  const file = await selectFile(tx, deviceId, fileId);
  if (file === null || !isGivenOut(file, nowMs)) throw notFound();
  return { file, space: await requireSpace(tx, file.spaceId) };
}
