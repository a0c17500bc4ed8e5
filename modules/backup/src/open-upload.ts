import { type DeviceId, Failure } from "@casaforte/kernel";
import { requireActiveDevice } from "@casaforte/modules/devices";
import { assertRoom, requireSpace } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { type OpenUploadRequest, type UploadReply, vaultLimits } from "@casaforte/vault";
import { requireChain } from "./chains.ts";
import { backupLimits } from "./limits.ts";
import { requireReplaced } from "./require-replaced.ts";
import { type ChainId, chainRootOf, type FileId, type PointId, type UploadId, type UploadRow } from "./rows.ts";
import { selectHead } from "./store-files.ts";
import { countOpenUploads, insertUpload, selectUpload, selectUploadByKey } from "./store-uploads.ts";
import { notFound, parentMoved, tooMany } from "./troubles.ts";

/** An upload as the protocol tells it. */
export const uploadReply = (row: UploadRow, leaveOutZeros: boolean): UploadReply => ({
  uploadId: row.id,
  key: row.key,
  chainId: row.chainId,
  kind: row.kind,
  fileName: row.fileName,
  parent:
    row.parentFileId === null || row.parentRoot === null
      ? null
      : { fileId: row.parentFileId, fileRoot: row.parentRoot.toString("hex") },
  state: row.state,
  estimatedBytes: Number(row.estimatedBytes),
  receivedBytes: Number(row.receivedBytes),
  partsReceived: Number(row.partsReceived),
  composedBytes: Number(row.composedBytes),
  expiresAt: new Date(row.lastPartAt.getTime() + backupLimits.uploadIdleDaysMax * 86_400_000).toISOString(),
  ...(leaveOutZeros ? { partHolesMax: vaultLimits.partHolesMax } : {}),
});

/** @throws not_found `vault.not_found` unless it is this device's upload. */
export async function requireUpload(tx: TenantTx, deviceId: DeviceId, id: UploadId, lock = false): Promise<UploadRow> {
  const row = await selectUpload(tx, deviceId, id, lock);
  if (row === null) throw notFound();
  return row;
}

export interface OpenUploadInput {
  readonly id: UploadId;
  readonly deviceId: DeviceId;
  readonly request: OpenUploadRequest;
  readonly leaveOutZeros: boolean;
  readonly nowMs: number;
}

function sameRequest(row: UploadRow, request: OpenUploadRequest): boolean {
  return (
    row.chainId === request.chainId &&
    row.kind === request.kind &&
    row.fileName === request.fileName &&
    row.estimatedBytes === BigInt(request.estimatedBytes) &&
    row.parentFileId === (request.parent?.fileId ?? null) &&
    (row.parentRoot?.toString("hex") ?? null) === (request.parent?.fileRoot ?? null) &&
    row.replacesPointId === (request.replaces?.pointId ?? null) &&
    (row.replacesRoot?.toString("hex") ?? null) === (request.replaces?.fileRoot ?? null)
  );
}

function known(row: UploadRow, input: OpenUploadInput): { upload: UploadReply; created: boolean } {
  const { request, leaveOutZeros } = input;
  if (!sameRequest(row, request)) throw new Failure("conflict", "vault.key_reused", "the key names another upload");
  return { upload: uploadReply(row, leaveOutZeros), created: false };
}

/**
 * Opens an upload, idempotent by the agent's key. Nothing is reserved yet.
 * @throws over_quota `vault.over_quota`, precondition `vault.parent_moved`, `vault.point_moved`, conflict `vault.key_reused`,
 *   `vault.too_many`, `vault.point_needed`.
 */
export async function openUpload(
  tx: TenantTx,
  input: OpenUploadInput,
): Promise<{ readonly upload: UploadReply; readonly created: boolean }> {
  const { deviceId, request } = input;
  await requireActiveDevice(tx, deviceId);
  const chain = await requireChain(tx, deviceId, request.chainId as ChainId);
  const before = await selectUploadByKey(tx, deviceId, request.key);
  if (before) return known(before, input);
  if (request.parent) {
    const head = await selectHead(tx, chain.id);
    if (head?.id !== request.parent.fileId || !chainRootOf(head).equals(Buffer.from(request.parent.fileRoot, "hex")))
      throw parentMoved(head?.id ?? null);
  }
  const replacesPointId = (request.replaces?.pointId ?? null) as PointId | null;
  const replacesRoot = request.replaces ? Buffer.from(request.replaces.fileRoot, "hex") : null;
  await requireReplaced(tx, { deviceId, chainId: chain.id, replacesPointId, replacesRoot }, input.nowMs);
  assertRoom(await requireSpace(tx, chain.spaceId), BigInt(request.estimatedBytes));
  if ((await countOpenUploads(tx, deviceId)) >= vaultLimits.uploadsOpenPerDeviceMax)
    throw tooMany("open uploads", vaultLimits.uploadsOpenPerDeviceMax);
  const inserted = await insertUpload(
    tx,
    {
      id: input.id,
      deviceId,
      chainId: chain.id,
      spaceId: chain.spaceId,
      key: request.key,
      kind: request.kind,
      fileName: request.fileName,
      parentFileId: (request.parent?.fileId ?? null) as FileId | null,
      parentRoot: request.parent ? Buffer.from(request.parent.fileRoot, "hex") : null,
      estimatedBytes: BigInt(request.estimatedBytes),
      replacesPointId,
      replacesRoot,
    },
    new Date(input.nowMs),
  );
  const row = await selectUploadByKey(tx, deviceId, request.key);
  if (row === null) throw notFound();
  return inserted ? { upload: uploadReply(row, input.leaveOutZeros), created: true } : known(row, input);
}
