import { createHash } from "node:crypto";
import { type BlobId, type Bytes, type DeviceId, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { requireActiveDevice } from "@casaforte/modules/devices";
import { requireSpace } from "@casaforte/modules/spaces";
import type { BlobStore } from "@casaforte/platform/blobstore";
import type { RawBody } from "@casaforte/vault";
import { backupLimits } from "./limits.ts";
import type { FileId } from "./rows.ts";
import type { BackupServices } from "./services.ts";
import { lockChainsOfPart } from "./store-collect.ts";
import { selectFile } from "./store-files.ts";
import { type DamagedExtent, renamePartBlob, selectDamagedExtents } from "./store-mend.ts";
import { restorePointStates } from "./store-replicas.ts";
import { insertDeadBlob } from "./store-uploads.ts";
import { addUsage } from "./store-usage.ts";
import { hashMismatch, notFound } from "./troubles.ts";

export interface MendInput {
  readonly tenantId: TenantId;
  readonly deviceId: DeviceId;
  readonly ip: string;
  readonly fileId: FileId;
  /** Where the body stands in the file. */
  readonly offset: number;
  readonly body: RawBody;
  /** Asked before the body is read. @throws rate_limited. */
  readonly admit: (space: { readonly id: string; readonly bandwidthBytesPerSecond: bigint | null }) => void;
  /** Does what holds a whole body in memory. @throws rate_limited `vault.busy`. */
  readonly whileHeld: (work: () => Promise<void>) => Promise<void>;
}

/**
 * Takes bytes of a committed file again and mends with them the stored parts that are marked as damaged and hold some of
 * them. A part is written anew only when the whole of it, the bytes sent and what is still readable, has the SHA-256 it
 * was stored with: nothing that a device sends can change a file. Blob, then row; what is sound is left alone.
 * @throws not_found, rate_limited `vault.busy`, conflict `vault.mend_differs` with the part's place in the file.
 */
export async function mendParts(services: BackupServices, input: MendInput): Promise<void> {
  const { db } = services;
  const { tenantId, deviceId, fileId, offset, body } = input;
  const [from, to] = [BigInt(offset), BigInt(offset + body.length)];
  const { extents, space } = await db.tenant(
    tenantId,
    async (tx) => {
      await requireActiveDevice(tx, deviceId);
      const file = await selectFile(tx, deviceId, fileId);
      if (file?.state !== "live" || to > file.size) throw notFound();
      const space = await requireSpace(tx, file.spaceId);
      const found = await selectDamagedExtents(tx, fileId, from, to, backupLimits.extentPageSize);
      return { extents: found, space };
    },
    { readOnly: false },
  );
  const { siteId } = space;
  if (extents.length === 0) {
    input.admit(space);
    return readBody(body, null);
  }
  const store = services.blobStoreFor(siteId);
  await input.whileHeld(async () => {
    // A body that is not read for want of memory costs its device nothing.
    input.admit(space);
    const bytes = new Uint8Array(body.length);
    await readBody(body, bytes);
    for (const extent of extents) {
      body.signal.throwIfAborted();
      const fresh = await writeAnew(store, input, extent, bytes);
      await record(services, { ...input, siteId }, extent, fresh);
    }
  });
}

/** Reads a body to its end, into memory of its length or nowhere. @throws invalid `vault.hash_mismatch`. */
async function readBody(body: RawBody, into: Bytes | null): Promise<void> {
  const hash = createHash("sha256");
  let at = 0;
  for await (const piece of body.bytes) {
    hash.update(piece);
    into?.set(piece, at);
    at += piece.length;
  }
  if (hash.digest("hex") !== body.sha256) throw hashMismatch();
}

/** The part with the bytes sent over what is stored of it. @throws conflict `vault.mend_differs`. */
async function writeAnew(
  store: BlobStore,
  { tenantId, offset, body }: MendInput,
  extent: DamagedExtent,
  bytes: Bytes,
): Promise<BlobId> {
  const { signal } = body;
  const [fileOffset, length] = [Number(extent.fileOffset), Number(extent.length)];
  const start = Math.max(offset, fileOffset);
  const end = Math.min(offset + bytes.length, fileOffset + length);
  /** Of the part. */
  const at = Number(extent.partOffset) + start - fileOffset;
  async function* pieces(): AsyncGenerator<Bytes> {
    if (at > 0) yield* store.read(tenantId, extent.blobId, { offset: 0, length: at }, { signal });
    yield bytes.subarray(start - offset, end - offset);
    const after = at + end - start;
    const rest = Number(extent.partLength) - after;
    if (rest > 0) yield* store.read(tenantId, extent.blobId, { offset: after, length: rest }, { signal });
  }
  const differs = (cause?: unknown) =>
    new Failure("conflict", "vault.mend_differs", "with these bytes the part is not what was stored", {
      cause,
      details: { offset: fileOffset, length },
    });
  try {
    const stored = await store.put(tenantId, pieces(), { signal });
    if (extent.sha256.equals(stored.sha256)) return stored.id;
    await store.delete(tenantId, stored.id);
  } catch (error) {
    if (!(error instanceof Failure) || (error.kind !== "corrupt" && error.kind !== "not_found")) throw error;
    throw differs(error);
  }
  throw differs();
}

async function record(
  { db, clock, bus, logger }: BackupServices,
  { tenantId, deviceId, ip, siteId, body }: MendInput & { readonly siteId: string },
  extent: DamagedExtent,
  fresh: BlobId,
): Promise<void> {
  const now = new Date(clock.nowMs());
  await db.tenant(tenantId, async (tx) => {
    await requireActiveDevice(tx, deviceId);
    await lockChainsOfPart(tx, extent.partId);
    // Somebody else mended it meanwhile, or it is gone.
    if (!(await renamePartBlob(tx, extent.blobId, fresh, now))) return insertDeadBlob(tx, fresh, siteId, now);
    // After a recovery of the database to an earlier moment the part has the old blob again, and what of it can be read.
    const later = new Date(now.getTime() + backupLimits.partGraceMs);
    await insertDeadBlob(tx, extent.blobId, siteId, later, "first", extent.spaceId);
    await addUsage(tx, { spaceId: extent.spaceId, deviceId, receivedBytes: BigInt(body.length) }, now);
    const points = await restorePointStates(tx);
    const details = { before: extent.blobId, from: "device", points: points.length };
    await recordAudit(
      tx,
      { kind: "device", tenantId, deviceId, ip },
      { action: "backup.blob_mended", object: { kind: "blob", id: fresh }, details },
    );
    tx.afterCommit(() => bus.publish(`points:${tenantId}`));
  });
  logger.warn("backup.blob_mended", { before: extent.blobId, after: fresh });
}
