import {
  type BlobId,
  type Bytes,
  type Clock,
  concatBytes,
  Failure,
  newId,
  type Random,
  type TenantId,
} from "@casaforte/kernel";
import type { BlobOptions, BlobStore, ByteRange, StoredBlob } from "./port.ts";
import { sha256 } from "./sha256.ts";

/** Blobs in memory, for tests; passes the same conformance suite as the directory. */
export function memoryBlobStore(clock: Clock, random: Random): BlobStore {
  const blobs = new Map<string, { bytes: Bytes; createdMs: number }>();
  const key = (tenantId: TenantId, id: BlobId) => `${tenantId}/${id}`;
  function find(tenantId: TenantId, id: BlobId): Bytes {
    const found = blobs.get(key(tenantId, id));
    if (!found) throw new Failure("not_found", "blob.missing", "no such blob");
    return found.bytes;
  }
  return {
    async put(tenantId, source, options: BlobOptions = {}): Promise<StoredBlob> {
      const parts: Bytes[] = [];
      if (source instanceof Uint8Array) parts.push(source);
      else for await (const part of source) parts.push(new Uint8Array(part));
      options.signal?.throwIfAborted();
      const bytes = concatBytes(parts);
      const id = newId<BlobId>(clock, random);
      blobs.set(key(tenantId, id), { bytes, createdMs: clock.nowMs() });
      return { id, size: BigInt(bytes.length), sha256: sha256(bytes) };
    },
    async *read(tenantId, id, range?: ByteRange) {
      const bytes = find(tenantId, id);
      yield range ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
    },
    async readAll(tenantId, id) {
      return find(tenantId, id);
    },
    async delete(tenantId, id) {
      blobs.delete(key(tenantId, id));
    },
    async erase(tenantId) {
      for (const name of [...blobs.keys()]) if (name.startsWith(`${tenantId}/`)) blobs.delete(name);
    },
    async *list(tenantId) {
      for (const [name, blob] of blobs) {
        const [owner, id] = name.split("/");
        if (owner === tenantId) yield { id: id as BlobId, createdMs: blob.createdMs };
      }
    },
  };
}
