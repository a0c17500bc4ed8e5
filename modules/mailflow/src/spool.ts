import { type BlobId, type Bytes, concatBytes, type TenantId } from "@casaforte/kernel";
import type { BlobStore, StoredBlob } from "@casaforte/platform/blobstore";
import { mailflowLimits } from "./limits.ts";

/** A message on its way in: read once from the wire, readable as often as needed, not yet promised to anybody. */
export interface Spooled {
  readonly sizeBytes: number;
  read(): AsyncIterable<Bytes>;
  /** `prefix` and the message. */
  behind(prefix: Bytes): Bytes | AsyncIterable<Bytes>;
  /** Makes a durable blob of `prefix` and the message. */
  store(tenantId: TenantId, prefix: Bytes): Promise<StoredBlob>;
  /** Forgets the message. A crash before this leaves an orphan blob for the collector. */
  discard(): Promise<void>;
}

async function* whole(first: readonly Bytes[], rest: AsyncIterator<Bytes>): AsyncGenerator<Bytes> {
  yield* first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
async function* joined(prefix: Bytes, rest: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  if (prefix.length > 0) yield prefix;
  yield* rest;
}
async function* once(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}

/** Takes the whole source: into memory while it is small, else into a blob of that tenant. Lets the source's errors pass. */
export async function spool(blobs: BlobStore, tenantId: TenantId, source: AsyncIterable<Bytes>): Promise<Spooled> {
  const iterator = source[Symbol.asyncIterator]();
  const parts: Bytes[] = [];
  let size = 0;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    parts.push(next.value.slice());
    size += next.value.length;
    if (size > mailflowLimits.memoryBytesMax) {
      const blob = await blobs.put(tenantId, whole(parts, iterator));
      return blobSpool(blobs, tenantId, blob.id, Number(blob.size));
    }
  }
  return memorySpool(blobs, concatBytes(parts));
}

/** A spool over bytes in memory, such as a composed message. */
export function memorySpool(blobs: BlobStore, bytes: Bytes): Spooled {
  return {
    sizeBytes: bytes.length,
    read: () => once(bytes),
    behind: (prefix) => concatBytes([prefix, bytes]),
    store: (tenantId, prefix) => blobs.put(tenantId, concatBytes([prefix, bytes])),
    async discard() {},
  };
}

/** A spool over a blob; `discard` deletes it. */
export function blobSpool(blobs: BlobStore, owner: TenantId, id: BlobId, sizeBytes: number): Spooled {
  return {
    sizeBytes,
    read: () => blobs.read(owner, id),
    behind: (prefix) => joined(prefix, blobs.read(owner, id)),
    store: (tenantId, prefix) => blobs.put(tenantId, joined(prefix, blobs.read(owner, id))),
    discard: () => blobs.delete(owner, id),
  };
}
