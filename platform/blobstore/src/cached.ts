import type { BlobId, Bytes, Clock, TenantId } from "@casaforte/kernel";
import { placeOf } from "./pack-layout.ts";
import type { BlobStore, ByteRange } from "./port.ts";

export interface CacheOptions {
  readonly clock: Clock;
  /** Plain bytes kept in all, and of one blob. */
  readonly bytesMax: number;
  readonly blobBytesMax: number;
  /** Plain bytes do not stay longer than this after they were stored or read from the disk. */
  readonly ageMsMax: number;
}

interface Entry {
  readonly bytes: Bytes;
  readonly sinceMs: number;
}

/**
 * Keeps the plain bytes of small blobs that were stored or read lately: mail is read mostly within minutes of its
 * arrival, and by several programs. Blobs never change, so nothing has to be told of a change.
 */
export function cachedBlobStore(store: BlobStore, options: CacheOptions): BlobStore {
  const { clock, bytesMax, blobBytesMax, ageMsMax } = options;
  /** In the order of use, the least lately used first. */
  const entries = new Map<string, Entry>();
  let keptBytes = 0;
  const keyOf = (tenantId: TenantId, id: BlobId) => `${tenantId}/${id}`;

  function drop(key: string): void {
    const entry = entries.get(key);
    if (!entry) return;
    entries.delete(key);
    keptBytes -= entry.bytes.length;
  }

  function find(key: string): Bytes | null {
    const entry = entries.get(key);
    if (!entry) return null;
    if (clock.nowMs() - entry.sinceMs > ageMsMax) {
      drop(key);
      return null;
    }
    entries.delete(key);
    entries.set(key, entry);
    return entry.bytes;
  }

  function keep(key: string, bytes: Bytes): void {
    if (bytes.length > blobBytesMax) return;
    drop(key);
    // A copy of its own: the caller's bytes may be a corner of something much larger.
    const own = new Uint8Array(bytes);
    entries.set(key, { bytes: own, sinceMs: clock.nowMs() });
    keptBytes += own.length;
    for (const oldest of entries.keys()) {
      if (keptBytes <= bytesMax) break;
      drop(oldest);
    }
  }

  return {
    async put(tenantId, source, blobOptions) {
      const stored = await store.put(tenantId, source, blobOptions);
      if (source instanceof Uint8Array) keep(keyOf(tenantId, stored.id), source);
      return stored;
    },
    async *read(tenantId, id, range?: ByteRange, blobOptions?) {
      const key = keyOf(tenantId, id);
      const known = find(key);
      if (known) {
        yield range ? known.subarray(range.offset, range.offset + range.length) : known;
        return;
      }
      // A packed blob is opened whole anyway.
      if (placeOf(id)) {
        const bytes = await store.readAll(tenantId, id, blobOptions);
        keep(key, bytes);
        yield range ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
        return;
      }
      yield* store.read(tenantId, id, range, blobOptions);
    },
    recent: (tenantId, id) => find(keyOf(tenantId, id)),
    async readAll(tenantId, id, blobOptions) {
      const key = keyOf(tenantId, id);
      const known = find(key);
      if (known) return known;
      const bytes = await store.readAll(tenantId, id, blobOptions);
      keep(key, bytes);
      return bytes;
    },
    async delete(tenantId, id) {
      drop(keyOf(tenantId, id));
      await store.delete(tenantId, id);
    },
    list: (tenantId) => store.list(tenantId),
    async erase(tenantId) {
      for (const key of [...entries.keys()]) if (key.startsWith(`${tenantId}/`)) drop(key);
      await store.erase(tenantId);
    },
    ...(store.reclaim ? { reclaim: (tenantId: TenantId) => store.reclaim?.(tenantId) ?? Promise.resolve(0) } : {}),
  };
}
