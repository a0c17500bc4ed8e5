import { type DeviceId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { requireActiveDevice } from "@casaforte/modules/devices";
import { policyOfDevice } from "@casaforte/modules/policies";
import { requireSpace, settleBytes } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { type CommitReply, type CommitRequest, holeBytes, vaultLimits } from "@casaforte/vault";
import { wantReplicas } from "./make-replicas.ts";
import { requireUpload } from "./open-upload.ts";
import { holesOf } from "./record-part.ts";
import { assertSetAside, requireReplaced } from "./require-replaced.ts";
import { chainRootOf, type FileId, type FileRow, type PointId, type UploadId, type UploadRow } from "./rows.ts";
import type { BackupServices } from "./services.ts";
import { replaceFile, selectOwnBytes } from "./store-compose.ts";
import { insertFileOfUpload, insertPoint, lockChain, prolongLocks, selectFile, selectHead } from "./store-files.ts";
import { closeUpload, selectFirstUncovered, selectHeadPart } from "./store-uploads.ts";
import { addUsage } from "./store-usage.ts";
import { notFound, parentMoved, uploadClosed } from "./troubles.ts";

export interface CommitInput {
  readonly fileId: FileId;
  readonly pointId: PointId;
  readonly deviceId: DeviceId;
  readonly uploadId: UploadId;
  readonly request: CommitRequest;
  readonly ip: string;
  readonly nowMs: number;
}

const commitReply = (file: FileRow): CommitReply => ({
  fileId: file.id,
  pointId: file.pointId,
  chainId: file.chainId,
  size: Number(file.size),
  at: file.at.toISOString(),
  lockedUntil: file.lockedUntil.toISOString(),
});

async function repeated(tx: TenantTx, upload: UploadRow, request: CommitRequest): Promise<CommitReply> {
  if (upload.state !== "committed" || upload.fileId === null) throw uploadClosed();
  const file = await selectFile(tx, upload.deviceId, upload.fileId);
  if (file?.fileRoot.toString("hex") !== request.fileRoot) throw uploadClosed();
  return commitReply(file);
}

async function assertParent(tx: TenantTx, upload: UploadRow, request: CommitRequest): Promise<void> {
  const head = await selectHead(tx, upload.chainId);
  if ((upload.parentRoot?.toString("hex") ?? null) !== request.parentRoot) throw parentMoved(head?.id ?? null);
  if (upload.parentFileId === null || upload.parentRoot === null) return;
  if (head?.id !== upload.parentFileId || !chainRootOf(head).equals(upload.parentRoot))
    throw parentMoved(head?.id ?? null);
}

async function assertWhole(tx: TenantTx, upload: UploadRow, request: CommitRequest): Promise<void> {
  const size = BigInt(request.size);
  if (upload.blockMapSha256?.toString("hex") !== request.blockMapSha256 || upload.blockMapEnd > size)
    throw new Failure("conflict", "vault.block_map_missing", "no such block map, or one that overruns the file");
  const fault = await selectFirstUncovered(tx, upload.id, size);
  if (fault !== null)
    throw new Failure("conflict", "vault.incomplete", "the parts do not cover the file exactly", {
      details: { offset: Number(fault) },
    });
  const head = await selectHeadPart(tx, upload.id);
  const headBytes = head && Number(head.length) + holeBytes(holesOf(head));
  if (headBytes !== vaultLimits.headBytes || head?.sha256.toString("hex") !== request.headSha256)
    throw new Failure("conflict", "vault.head_mismatch", "the part at offset 0 is not the head that the commit names");
}

/**
 * Makes file and point visible, only when every part is stored; one transaction, so that a point without its bytes
 * cannot be, and copies that the space was sold with are asked for in it (R28). The point's time is the vault's. Idempotent by the file root.
 * @throws conflict `vault.incomplete`, `vault.head_mismatch`, `vault.block_map_missing`, `vault.upload_closed`,
 *   `vault.point_needed`, precondition `vault.parent_moved`, `vault.point_moved`, over_quota `vault.over_quota`.
 */
export async function commitRestorePoint(
  tx: TenantTx,
  input: CommitInput,
  services: Pick<BackupServices, "jobs">,
): Promise<CommitReply> {
  const { deviceId, request } = input;
  const now = new Date(input.nowMs);
  await requireActiveDevice(tx, deviceId);
  const upload = await requireUpload(tx, deviceId, input.uploadId, true);
  if (upload.state !== "open") return repeated(tx, upload, request);
  if (!(await lockChain(tx, deviceId, upload.chainId))) throw notFound();
  await assertParent(tx, upload, request);
  await assertWhole(tx, upload, request);
  const size = BigInt(request.size);
  const { fileId: id, pointId } = input;
  const fileRoot = Buffer.from(request.fileRoot, "hex");
  const old = await requireReplaced(tx, upload, upload.openedAt.getTime());
  const inPlaceOf = old && { seq: old.seq, standsFor: chainRootOf(old) };
  await insertFileOfUpload(tx, { id, uploadId: upload.id, size, fileRoot, inPlaceOf }, now);
  if (old === null) {
    const space = await requireSpace(tx, upload.spaceId);
    const policy = await policyOfDevice(tx, deviceId);
    const lockDays = Math.max(space.lockDays, policy?.settings.lockDays ?? 0);
    const lockedUntil = new Date(input.nowMs + lockDays * 86_400_000);
    await insertPoint(tx, { id: pointId, fileId: id, lockedUntil }, now);
    // Without days there is no lock, and none is to be seen on those that it builds upon.
    if (lockDays > 0) await prolongLocks(tx, id, lockedUntil);
  }
  await wantReplicas(tx, { spaceId: upload.spaceId, fileId: id, nowMs: input.nowMs }, services);
  await closeUpload(tx, upload.id, { state: "committed", fileId: id }, now);
  let used = await selectOwnBytes(tx, id);
  if (old !== null) {
    await replaceFile(tx, { pointId: old.pointId, oldId: old.id, newId: id }, now);
    if (old.lockedUntil > now) await assertSetAside(tx, upload, input.nowMs);
    used -= await selectOwnBytes(tx, old.id);
    await recordReplacement(tx, input, { old, id, size });
  }
  await settleBytes(tx, upload.spaceId, { pending: upload.receivedBytes, used }, input.nowMs);
  await addUsage(tx, { spaceId: upload.spaceId, deviceId, storedBytes: used, points: old === null ? 1 : 0 }, now);
  const file = await selectFile(tx, deviceId, id);
  if (file === null) throw notFound();
  return commitReply(file);
}

async function recordReplacement(
  tx: TenantTx,
  { deviceId, ip }: CommitInput,
  { old, id, size }: { readonly old: FileRow; readonly id: FileId; readonly size: bigint },
): Promise<void> {
  const actor = { kind: "device", tenantId: tx.tenantId, deviceId, ip } as const;
  await recordAudit(tx, actor, {
    action: "backup.point_composed",
    object: { kind: "restore_point", id: old.pointId },
    details: { before: old.id, after: id, size: String(size) },
  });
}
