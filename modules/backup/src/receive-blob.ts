import { type BlobId, Failure, type TenantId } from "@casaforte/kernel";
import { BlockMapReader, type RawBody } from "@casaforte/vault";
import type { BackupServices } from "./services.ts";
import { hashMismatch, storeFull } from "./troubles.ts";

/** Blobs from here on are data of a backup; smaller ones are what describes it, and the next run reads them. */
const coldBytesMin = 1024 * 1024;

export interface ReceiveOptions {
  readonly tenantId: TenantId;
  readonly siteId: string;
}

/**
 * Streams a body into the site's store, checks what was stored against what was announced, and hands the blob to
 * `record`, which writes its row. Blob, then row: when the row is refused the blob goes; when nobody knows whether the
 * row was written (the database went away during the commit) the blob stays for the orphan sweep to judge.
 * @throws over_quota `vault.store_full` when the site's disk has no room; nothing is recorded then.
 */
export async function receiveBlob<T>(
  services: BackupServices,
  options: ReceiveOptions,
  body: RawBody,
  record: (blobId: BlobId) => Promise<T>,
): Promise<T> {
  const store = services.blobStoreFor(options.siteId);
  const blob = await store
    .put(options.tenantId, body.bytes, { signal: body.signal, cold: body.length >= coldBytesMin })
    .catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== "blob.full") throw error;
      services.logger.error("backup.store_full", error, { site: options.siteId });
      throw storeFull(error);
    });
  const discard = () =>
    store.delete(options.tenantId, blob.id).catch((error: unknown) => {
      services.logger.error("backup.blob_not_discarded", error, { blob: blob.id });
    });
  if (blob.size !== BigInt(body.length) || Buffer.from(blob.sha256).toString("hex") !== body.sha256) {
    await discard();
    throw hashMismatch();
  }
  try {
    return await record(blob.id);
  } catch (error) {
    if (error instanceof Failure && error.kind !== "unavailable" && error.kind !== "cancelled") await discard();
    throw error;
  }
}

/** A body that is checked as a block map while it streams; `end` is known once it has been read. */
export function readingBlockMap(body: RawBody): { readonly body: RawBody; readonly end: () => number } {
  const reader = new BlockMapReader();
  async function* checked() {
    for await (const piece of body.bytes) {
      reader.push(piece);
      yield piece;
    }
    reader.finish();
  }
  return { body: { ...body, bytes: checked() }, end: () => reader.end };
}
