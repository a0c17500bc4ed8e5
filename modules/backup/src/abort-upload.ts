import type { DeviceId } from "@casaforte/kernel";
import { requireActiveDevice } from "@casaforte/modules/devices";
import { releaseBytes, releaseMetadata, siteOfSpace } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { requireUpload } from "./open-upload.ts";
import type { UploadId, UploadRow } from "./rows.ts";
import { closeUpload, dropParts, insertDeadBlob } from "./store-uploads.ts";
import { uploadClosed } from "./troubles.ts";

/** Gives up an upload that the caller has locked: its room comes back at once, its blobs go later. */
export async function dropUpload(tx: TenantTx, upload: UploadRow, nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  const siteId = await siteOfSpace(tx, upload.spaceId);
  await releaseBytes(tx, upload.spaceId, upload.receivedBytes);
  if (upload.blockMapBlobId !== null) {
    await insertDeadBlob(tx, upload.blockMapBlobId, siteId, now);
    await releaseMetadata(tx, upload.spaceId, upload.blockMapBytes);
  }
  await dropParts(tx, upload.id, siteId, now);
  await closeUpload(tx, upload.id, { state: "aborted", fileId: null }, now);
}

/** An agent gives its upload up; idempotent. @throws conflict `vault.upload_closed` when it was committed. */
export async function abortUpload(
  tx: TenantTx,
  input: { readonly deviceId: DeviceId; readonly uploadId: UploadId; readonly nowMs: number },
): Promise<void> {
  await requireActiveDevice(tx, input.deviceId);
  const upload = await requireUpload(tx, input.deviceId, input.uploadId, true);
  if (upload.state === "committed") throw uploadClosed();
  if (upload.state === "open") await dropUpload(tx, upload, input.nowMs);
}
