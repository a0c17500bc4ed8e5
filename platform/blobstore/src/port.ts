import type { BlobId, Bytes, TenantId } from "@casaforte/kernel";

/** What is known of a blob once it is durable. `size` and `sha256` are of the plain bytes given. */
export interface StoredBlob {
  readonly id: BlobId;
  readonly size: bigint;
  readonly sha256: Uint8Array;
}

export interface ByteRange {
  /** First byte, from 0. */
  readonly offset: number;
  /** At most this many bytes; fewer when the blob ends before. */
  readonly length: number;
}

export interface BlobOptions {
  readonly signal?: AbortSignal;
  /** Of `read`: a piece need only be there until the next one is asked for, so that its room can be used again. */
  readonly passing?: boolean;
  /** Of `put`: hardly read again soon, so it should drive nothing out of the system's memory. */
  readonly cold?: boolean;
}

/**
 * Immutable blobs under random names. `put` resolves only when the bytes would survive a power cut; a failed or aborted
 * put leaves nothing that `list` shows. Blob, then row, then reply: a blob without a row is rubbish for the collector.
 */
export interface BlobStore {
  /**
   * A piece of a source need only be there until the next one is asked for.
   * @throws unavailable `blob.io`, or `blob.full` when the disk has no room; cancelled.
   */
  put(tenantId: TenantId, source: Bytes | AsyncIterable<Bytes>, options?: BlobOptions): Promise<StoredBlob>;
  /** Streams a blob or a range. @throws not_found `blob.missing`, corrupt `blob.corrupt`. */
  read(tenantId: TenantId, id: BlobId, range?: ByteRange, options?: BlobOptions): AsyncIterable<Bytes>;
  /** The whole blob if it is in memory anyway, else null: who streams many spares a turn of the loop for each. Not to be written to. */
  recent?(tenantId: TenantId, id: BlobId): Bytes | null;
  /** The whole blob, for small ones. */
  readAll(tenantId: TenantId, id: BlobId, options?: BlobOptions): Promise<Bytes>;
  /** Deleting what is not there is fine. */
  delete(tenantId: TenantId, id: BlobId): Promise<void>;
  /** Every blob of a tenant with its age, for the collector. */
  list(tenantId: TenantId): AsyncIterable<{ readonly id: BlobId; readonly createdMs: number }>;
  /** Removes everything stored of a tenant, its folder too (R61). Again is fine. */
  erase(tenantId: TenantId): Promise<void>;
  /** Gives room that deleted blobs left inside shared files back to the file system; the bytes freed, about. */
  reclaim?(tenantId: TenantId): Promise<number>;
}
