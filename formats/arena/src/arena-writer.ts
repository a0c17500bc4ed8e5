import { assert, type Bytes } from "@casaforte/kernel";
import { BlockAllocator, BlockLog, type CopyBytes, type NewBlock, type OnBlock } from "./block-log.ts";
import type { ChunkId, ChunkRef } from "./chunk-ref.ts";
import type { ChunkTable } from "./chunk-table.ts";
import { newCutter } from "./chunker.ts";
import type { Content } from "./content.ts";
import { type ChunkSink, ContentWriter, isZero } from "./content-writer.ts";
import { DirectoryWriter, type OnEntry } from "./directory-writer.ts";
import { encodeSegment } from "./index-segment.ts";
import {
  blockSizeBytes,
  chunkKeyBytes,
  contentBufferBytes,
  dataRunBlocks,
  segmentRecordsMax,
  wholeFileBytesMax,
} from "./limits.ts";
import { type ChunkHash, encodeSuperblock, type Superblock } from "./superblock.ts";

export interface ArenaWriterOptions {
  /** The chain's chunk key, 32 random bytes: the same for every point of a chain. */
  readonly chunkKey: Bytes;
  readonly hash: ChunkHash;
  /** Called once for each block, block 0 last; not in order of index, since the catalogue has blocks of its own. */
  readonly onBlock: OnBlock;
  /** Chunks that may be pointed at instead of stored again: every block under them must be live. */
  readonly known: ChunkTable;
  /** Gives a block to fill, with anything in it; without it, blocks are made as they are needed. */
  readonly newBlock?: NewBlock;
  /** How bytes come into a block, where there is a faster way than `set`: into shared memory that copies word by word. */
  readonly copy?: CopyBytes;
  /** First index this point may write: past every block that exists. 1 for a first point. */
  readonly firstBlock: number;
  readonly generation: number;
  /** Newest segment of the parent, which goes on being valid. */
  readonly previousSegment: ChunkRef | null;
  /** Chunks that an interrupted run of this same point stored: they are in `known`, and listed with this point's own. */
  readonly earlierChunks?: readonly ChunkRef[];
  /** Told of each chunk stored, before its block is complete: for a journal. */
  readonly onChunk?: (ref: ChunkRef, kind: "data" | "catalogue") => void;
}

/** Figures of a finished point. */
export interface ArenaTotals {
  readonly entries: number;
  readonly logicalBytes: number;
}

/** Appends one restore point to an image (FORMAT.md). Synchronous: the caller paces itself between calls. */
export class ArenaWriter implements ChunkSink {
  readonly #options: ArenaWriterOptions;
  readonly #allocator: BlockAllocator;
  readonly #data: BlockLog;
  readonly #catalogue: BlockLog;
  readonly #cutter = newCutter(contentBufferBytes);
  readonly #added: ChunkRef[] = [];
  #segment: ChunkRef | null;
  #newBytes = 0;
  #reusedBytes = 0;

  constructor(options: ArenaWriterOptions) {
    assert(options.firstBlock >= 1 && options.chunkKey.length === chunkKeyBytes, "block 0 is the superblock's");
    this.#options = options;
    this.#segment = options.previousSegment;
    this.#allocator = new BlockAllocator(options.firstBlock);
    const blocks = {
      onBlock: options.onBlock,
      newBlock: options.newBlock ?? (() => new Uint8Array(blockSizeBytes)),
      copy: options.copy ?? ((from, block, at) => block.set(from, at)),
    };
    this.#data = new BlockLog(this.#allocator, dataRunBlocks, blocks);
    this.#catalogue = new BlockLog(this.#allocator, 1, blocks);
    for (const ref of options.earlierChunks ?? []) this.#list(ref);
  }

  /** Bytes of chunks stored, and of chunks that were there already. */
  get stored(): { readonly newBytes: number; readonly reusedBytes: number } {
    return { newBytes: this.#newBytes, reusedBytes: this.#reusedBytes };
  }

  /** For one file of about `sizeBytes`; end it before the next one begins. */
  file(sizeBytes: number): ContentWriter {
    return new ContentWriter(this, this.#cutter, sizeBytes <= wholeFileBytesMax);
  }

  /** The content of a file of 1 to `wholeFileBytesMax` bytes that were hashed elsewhere, under the same key. */
  wholeFile(bytes: Bytes, id: ChunkId): Content {
    const lengthBytes = bytes.length;
    assert(lengthBytes > 0 && lengthBytes <= wholeFileBytesMax, "the file is one chunk");
    if (isZero(bytes)) return { sizeBytes: lengthBytes, depth: 0, extents: [{ kind: "zeros", lengthBytes }] };
    const ref = this.#put({ id, bytes }, this.#data, "data");
    return { sizeBytes: lengthBytes, depth: 0, extents: [{ kind: "chunk", ref, lengthBytes }] };
  }

  /** Several may be open at once: a directory is ended before the one that holds it. */
  directory(onEntry?: OnEntry): DirectoryWriter {
    return new DirectoryWriter(this, onEntry);
  }

  putData(bytes: Bytes): ChunkRef {
    return this.#put({ id: this.#idOf(bytes), bytes }, this.#data, "data");
  }

  putCatalogue(bytes: Bytes): ChunkRef {
    return this.#put({ id: this.#idOf(bytes), bytes }, this.#catalogue, "catalogue");
  }

  /** Writes the index, closes every block, emits block 0. Nothing may be written after it. */
  finish(root: Content, totals: ArenaTotals): Superblock {
    this.#writeSegment();
    this.#data.close();
    this.#catalogue.close();
    const superblock: Superblock = {
      ...totals,
      generation: this.#options.generation,
      blocks: this.#allocator.end,
      chunkKey: this.#options.chunkKey,
      root,
      lastSegment: this.#segment,
    };
    this.#options.onBlock(0, encodeSuperblock(superblock, this.#options.hash));
    return superblock;
  }

  #idOf(bytes: Bytes): ChunkId {
    return this.#options.hash(this.#options.chunkKey, bytes);
  }

  #put({ id, bytes }: { id: ChunkId; bytes: Bytes }, log: BlockLog, kind: "data" | "catalogue"): ChunkRef {
    const found = this.#options.known.find(id);
    if (found !== undefined && found.lengthBytes === bytes.length) {
      this.#reusedBytes += bytes.length;
      return found;
    }
    const ref: ChunkRef = { id, address: log.append(bytes), lengthBytes: bytes.length };
    this.#newBytes += bytes.length;
    this.#options.known.add(ref);
    this.#options.onChunk?.(ref, kind);
    this.#list(ref);
    return ref;
  }

  #list(ref: ChunkRef): void {
    this.#added.push(ref);
    if (this.#added.length === segmentRecordsMax) this.#writeSegment();
  }

  #writeSegment(): void {
    if (this.#added.length === 0) return;
    const bytes = encodeSegment({ previous: this.#segment, records: this.#added });
    this.#added.length = 0;
    this.#segment = { id: this.#idOf(bytes), address: this.#catalogue.append(bytes), lengthBytes: bytes.length };
  }
}
