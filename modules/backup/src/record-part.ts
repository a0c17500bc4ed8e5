import { assert, type BlobId, type DeviceId, Failure, type SpaceId } from "@casaforte/kernel";
import { requireActiveDevice } from "@casaforte/modules/devices";
import {
  assertRoom,
  releaseMetadata,
  requireSpace,
  reserveBytes,
  reserveMetadata,
  type Space,
} from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { formatHoles, type PartHole, type PartState, parseHoles, piecesOf, vaultLimits } from "@casaforte/vault";
import { requireUpload } from "./open-upload.ts";
import type { PartId, PartRow, UploadId, UploadRow } from "./rows.ts";
import { insertDeadBlob, insertPart, insertPieces, selectPart, setBlockMap } from "./store-uploads.ts";
import { addUsage } from "./store-usage.ts";
import { tooMany, uploadClosed } from "./troubles.ts";

/** A part as the agent describes it, before its bytes are read. */
export interface DescribedPart {
  readonly n: number;
  readonly offset: number;
  readonly length: number;
  readonly sha256: string;
  readonly holes: readonly PartHole[];
}

/** The holes of a stored part. */
export const holesOf = (row: PartRow): readonly PartHole[] =>
  row.holes === "" ? [] : parseHoles(row.holes, Number(row.length));

const partState = (row: PartRow): PartState => ({
  n: row.n,
  offset: Number(row.fileOffset),
  length: Number(row.length),
  sha256: row.sha256.toString("hex"),
});

/** The stored part when it is this one; @throws conflict `vault.part_conflict` when the number holds other bytes. */
function sameOrConflict(row: PartRow, part: DescribedPart): PartState {
  const stored = partState(row);
  const isSame = stored.offset === part.offset && stored.length === part.length && stored.sha256 === part.sha256;
  if (isSame && row.holes === formatHoles(part.holes)) return stored;
  throw new Failure("conflict", "vault.part_conflict", "the part number is taken by other bytes");
}

async function requireOpen(tx: TenantTx, deviceId: DeviceId, id: UploadId, lock = false): Promise<UploadRow> {
  const upload = await requireUpload(tx, deviceId, id, lock);
  if (upload.state !== "open") throw uploadClosed();
  return upload;
}

export interface PreviewPartInput {
  readonly deviceId: DeviceId;
  readonly uploadId: UploadId;
  readonly spaceId: SpaceId;
  readonly part: DescribedPart;
}

/**
 * Looks before the body is read: answers a part that is stored already, refuses one that cannot be taken.
 * @throws as recordPart.
 */
export async function previewPart(
  tx: TenantTx,
  { deviceId, uploadId, spaceId, part }: PreviewPartInput,
): Promise<{ readonly known: PartState | null; readonly space: Space }> {
  // All in one trip: a device's uploads are in its own space.
  const [, upload, row, space] = await Promise.all([
    requireActiveDevice(tx, deviceId),
    requireOpen(tx, deviceId, uploadId),
    selectPart(tx, uploadId, part.n),
    requireSpace(tx, spaceId),
  ]);
  assert(upload.spaceId === spaceId, "an upload is in its device's space");
  if (row) return { known: sameOrConflict(row, part), space };
  assertRoom(space, BigInt(part.length));
  return { known: null, space };
}

export interface RecordPartInput {
  readonly partId: PartId;
  readonly deviceId: DeviceId;
  readonly uploadId: UploadId;
  readonly part: DescribedPart;
  readonly blobId: BlobId;
  readonly siteId: string;
  readonly nowMs: number;
}

/**
 * Writes the row of a part whose blob is durable, and takes its room in the quota, in one transaction. When the same
 * part came in twice at once, the second blob is put on the list of the dead.
 * @throws over_quota `vault.over_quota`, conflict `vault.part_conflict`, `vault.upload_closed`, `vault.too_many`.
 */
export async function recordPart(tx: TenantTx, input: RecordPartInput): Promise<PartState> {
  const { deviceId, uploadId, part } = input;
  const now = new Date(input.nowMs);
  const [, upload, before] = await Promise.all([
    requireActiveDevice(tx, deviceId),
    requireOpen(tx, deviceId, uploadId, true),
    selectPart(tx, uploadId, part.n),
  ]);
  if (before) {
    const stored = sameOrConflict(before, part);
    await insertDeadBlob(tx, input.blobId, input.siteId, now);
    return stored;
  }
  if (upload.partsReceived >= BigInt(vaultLimits.partsMax)) throw tooMany("parts", vaultLimits.partsMax);
  const length = BigInt(part.length);
  const row: PartRow = {
    id: input.partId,
    n: part.n,
    blobId: input.blobId,
    fileOffset: BigInt(part.offset),
    length,
    sha256: Buffer.from(part.sha256, "hex"),
    holes: formatHoles(part.holes),
  };
  await Promise.all([
    reserveBytes(tx, upload.spaceId, length),
    insertPart(tx, upload, row, now),
    addUsage(tx, { spaceId: upload.spaceId, deviceId, receivedBytes: length }, now),
  ]);
  if (row.holes !== "" && !(await insertPieces(tx, uploadId, row.id, piecesOf(part.offset, part.length, part.holes))))
    throw new Failure("conflict", "vault.part_conflict", "other bytes stand there already");
  return partState(row);
}

export interface RecordBlockMapInput {
  readonly deviceId: DeviceId;
  readonly uploadId: UploadId;
  readonly blobId: BlobId;
  readonly siteId: string;
  readonly length: bigint;
  readonly sha256: string;
  readonly end: number;
  readonly nowMs: number;
}

/** Keeps the block map of an open upload; a later one replaces it. @throws over_quota `vault.metadata_full`. */
export async function recordBlockMap(tx: TenantTx, input: RecordBlockMapInput): Promise<void> {
  const now = new Date(input.nowMs);
  await requireActiveDevice(tx, input.deviceId);
  const upload = await requireOpen(tx, input.deviceId, input.uploadId, true);
  if (upload.blockMapBlobId !== null) {
    await insertDeadBlob(tx, upload.blockMapBlobId, input.siteId, now);
    await releaseMetadata(tx, upload.spaceId, upload.blockMapBytes);
  }
  await reserveMetadata(tx, upload.spaceId, input.length);
  const map = {
    blobId: input.blobId,
    bytes: input.length,
    sha256: Buffer.from(input.sha256, "hex"),
    end: BigInt(input.end),
  };
  await setBlockMap(tx, input.uploadId, map, now);
}

export { requireOpen as requireOpenUpload };
