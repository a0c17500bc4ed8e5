import { type Bytes, equalBytes, utf8 } from "@casaforte/kernel";
import { ByteReader, corrupt } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { type ChunkRef, readChunkRef, writeChunkRef } from "./chunk-ref.ts";
import { type Content, readContent, writeContent } from "./content.ts";
import { addressMax, blockSizeBytes, chunkIdBytes, chunkKeyBytes } from "./limits.ts";

/** Keyed hash of 32 bytes (HMAC-SHA-256). Passed in, since this package does no cryptography of its own. */
export type ChunkHash = (key: Bytes, bytes: Bytes) => Bytes;

/** Block 0: what a reader needs to find everything else. One per restore point. */
export interface Superblock {
  /** 1 for the first point of a chain, one more for each later point. */
  readonly generation: number;
  /** Blocks in the image, this one included; those never written are holes. */
  readonly blocks: number;
  /** Key of this chain's chunk ids. The image is sealed by its container, so the key is as secret as the files. */
  readonly chunkKey: Bytes;
  /** The root directory: one entry for each backed-up top-level name. */
  readonly root: Content;
  /** Newest index segment, or null when the point stored no chunk. */
  readonly lastSegment: ChunkRef | null;
  readonly entries: number;
  /** Sum of the sizes of all files, holes included, hard links counted once. */
  readonly logicalBytes: number;
}

/** The same for readers, which also take one that answers later, as WebCrypto does. */
export type ReadHash = (key: Bytes, bytes: Bytes) => Bytes | Promise<Bytes>;

const magic = utf8("CFARENA1");
const version = 1;
const lengthMax = 4096;

/** One block. */
export function encodeSuperblock(superblock: Superblock, hash: ChunkHash): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.raw(magic);
  writer.u32(version);
  writer.u32(blockSizeBytes);
  writer.raw(superblock.chunkKey);
  writer.varint(superblock.generation);
  writer.varint(superblock.blocks);
  writer.varint(superblock.entries);
  writer.varint(superblock.logicalBytes);
  writeContent(writer, superblock.root);
  writer.u8(superblock.lastSegment === null ? 0 : 1);
  if (superblock.lastSegment !== null) writeChunkRef(writer, superblock.lastSegment);
  const body = writer.take();
  writer.u32(body.length);
  writer.raw(hash(superblock.chunkKey, body));
  const head = writer.take();
  const block = new Uint8Array(blockSizeBytes);
  block.set(head);
  block.set(body, head.length);
  return block;
}

/** @throws corrupt, also for a later version of the format. */
export async function decodeSuperblock(block: Bytes, hash: ReadHash): Promise<Superblock> {
  const { superblock, body, digest } = readSuperblock(block);
  if (!equalBytes(await hash(superblock.chunkKey, body), digest)) throw corrupt("superblock hash differs");
  return superblock;
}

/** What block 0 says, before its hash has been compared. */
function readSuperblock(block: Bytes): {
  readonly superblock: Superblock;
  readonly body: Bytes;
  readonly digest: Bytes;
} {
  const outer = new ByteReader(block);
  const length = outer.u32();
  if (length > lengthMax) throw corrupt("superblock too long");
  const digest = outer.raw(chunkIdBytes);
  const body = outer.raw(length);
  const reader = new ByteReader(body);
  if (!equalBytes(reader.raw(magic.length), magic)) throw corrupt("not an arena");
  if (reader.u32() !== version) throw corrupt("an arena of a later version");
  if (reader.u32() !== blockSizeBytes) throw corrupt("another block size");
  const chunkKey = reader.raw(chunkKeyBytes);
  const generation = reader.varint(addressMax, "generation");
  const blocks = reader.varint(Math.floor(addressMax / blockSizeBytes), "blocks");
  const entries = reader.varint(addressMax, "entries");
  const logicalBytes = reader.varint(addressMax, "logical bytes");
  const root = readContent(reader);
  const flag = reader.u8();
  if (flag > 1) throw corrupt("unknown segment flag");
  const lastSegment = flag === 0 ? null : readChunkRef(reader);
  reader.end("superblock");
  const superblock = { generation, blocks, chunkKey, root, lastSegment, entries, logicalBytes };
  return { superblock, body, digest };
}
