import type { ByteReader } from "./byte-reader.ts";
import { corrupt } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { addressMax, chunkBytesMax, chunkIdBytes } from "./limits.ts";

/** Keyed hash of a chunk's bytes: HMAC-SHA-256 under the chain's chunk key, so that nobody else can test for content. */
export type ChunkId = Uint8Array<ArrayBufferLike>;

/** Where a chunk lies: its id, its byte address in the image, its length in bytes. */
export interface ChunkRef {
  readonly id: ChunkId;
  readonly address: number;
  readonly lengthBytes: number;
}

export function writeChunkRef(writer: ByteWriter, ref: ChunkRef): void {
  writer.raw(ref.id);
  writer.varint(ref.address);
  writer.varint(ref.lengthBytes);
}

/** @throws corrupt. */
export function readChunkRef(reader: ByteReader): ChunkRef {
  const id = reader.raw(chunkIdBytes);
  const address = reader.varint(addressMax, "chunk address");
  const lengthBytes = reader.varint(chunkBytesMax, "chunk length");
  if (lengthBytes === 0) throw corrupt("empty chunk");
  if (address > addressMax - lengthBytes) throw corrupt("chunk past the largest address");
  return { id, address, lengthBytes };
}
