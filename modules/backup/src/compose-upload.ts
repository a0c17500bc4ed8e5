import { type DeviceId, Failure } from "@casaforte/kernel";
import { requireActiveDevice } from "@casaforte/modules/devices";
import type { TenantTx } from "@casaforte/platform/db";
import type { ComposeRequest } from "@casaforte/vault";
import { backupLimits } from "./limits.ts";
import { requireOpenUpload } from "./record-part.ts";
import type { FileId, UploadId } from "./rows.ts";
import { addComposedBytes, insertUploadExtents } from "./store-compose.ts";
import { notFound } from "./troubles.ts";

/**
 * Lets stored bytes of live files of the same chain stand in an upload: references, no copies, no keys. Idempotent.
 * @throws not_found `vault.not_found` when a source is none or ends before, or other references stand there already;
 *   invalid `vault.invalid` when the ranges touch more than `piecesMax` stored pieces.
 */
export async function composeUpload(
  tx: TenantTx,
  input: {
    readonly deviceId: DeviceId;
    readonly uploadId: UploadId;
    readonly request: ComposeRequest;
    readonly nowMs: number;
  },
  piecesMax: number = backupLimits.composePiecesMax,
): Promise<void> {
  await requireActiveDevice(tx, input.deviceId);
  const upload = await requireOpenUpload(tx, input.deviceId, input.uploadId, true);
  const ranges = input.request.ranges.map((range) => ({
    fileId: range.fromFileId as FileId,
    fromOffset: BigInt(range.fromOffset),
    length: BigInt(range.length),
    offset: BigInt(range.offset),
  }));
  const { standing, added, pieces } = await insertUploadExtents(tx, upload, ranges, piecesMax);
  if (pieces > piecesMax)
    throw new Failure(
      "invalid",
      "vault.invalid",
      "the ranges touch too many stored pieces for one request: ask for fewer",
    );
  if (standing !== ranges.reduce((sum, range) => sum + range.length, 0n)) throw notFound();
  await addComposedBytes(tx, upload.id, added, new Date(input.nowMs));
}
