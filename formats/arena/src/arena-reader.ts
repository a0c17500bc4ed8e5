import { type Bytes, equalBytes } from "@casaforte/kernel";
import { ByteReader, corrupt } from "./byte-reader.ts";
import type { ChunkRef } from "./chunk-ref.ts";
import { type Content, checkCovers, type Extent, readExtents } from "./content.ts";
import { DirectoryPage } from "./directory-page.ts";
import type { Entry, StoredEntry } from "./entry.ts";
import { decodeSegment, type IndexSegment } from "./index-segment.ts";
import { blockSizeBytes, catalogueChunkBytesMax, listExtentsMax } from "./limits.ts";
import { decodeSuperblock, type ReadHash, type Superblock } from "./superblock.ts";

/** Gives the plain bytes of one block, always whole: a hole is zeros. */
export type ReadBlock = (index: number) => Promise<Bytes>;

/** Where a data extent lies in its file. */
export type PlacedExtent = Extent & { readonly offsetBytes: number };

/** A stretch of one block. */
export interface BlockSpan {
  readonly block: number;
  readonly start: number;
  readonly lengthBytes: number;
}

/** Reads block 0. @throws corrupt; whatever `readBlock` throws. */
export async function openArena(readBlock: ReadBlock, hash: ReadHash): Promise<ArenaReader> {
  return new ArenaReader(readBlock, hash, await decodeSuperblock(await readBlock(0), hash));
}

/**
 * Reads a restore point. Holds one chunk at a time; never more than a directory page or an extent list of the
 * catalogue per level. Every chunk is checked against its id before it is used.
 */
export class ArenaReader {
  readonly superblock: Superblock;
  /** Told of each chunk of the catalogue that was read and is what its id says. */
  onCatalogueChunk: ((ref: ChunkRef) => void) | null = null;
  readonly #readBlock: ReadBlock;
  readonly #hash: ReadHash;

  constructor(readBlock: ReadBlock, hash: ReadHash, superblock: Superblock) {
    this.#readBlock = readBlock;
    this.#hash = hash;
    this.superblock = superblock;
  }

  /** Entries of a directory in order of name. @throws corrupt. */
  async *entries(directory: Content): AsyncGenerator<Entry> {
    for await (const page of this.pages(directory)) for (const { entry } of page) yield entry;
  }

  /**
   * The same, page by page, each entry with the bytes that stand for it: from the page on that covers `fromBytes`, where the
   * bytes of a page's entries are its length. @throws corrupt.
   */
  async *pages(directory: Content, fromBytes = 0): AsyncGenerator<readonly StoredEntry[]> {
    for await (const page of this.unreadPages(directory, fromBytes)) {
      const entries: StoredEntry[] = [];
      for (let next = page.next(); next !== null; next = page.next()) {
        entries.push(next);
        page.pass();
      }
      yield entries;
    }
  }

  /** The same, for whoever reads no more of each page than is wanted before the next one is asked for. @throws corrupt. */
  async *unreadPages(directory: Content, fromBytes = 0): AsyncGenerator<DirectoryPage> {
    let last: Bytes | null = null;
    for await (const extent of this.extents(directory, fromBytes)) {
      if (extent.kind !== "chunk") throw corrupt("a hole in a directory");
      const page = new DirectoryPage(await this.#catalogueChunk(extent.ref), last);
      yield page;
      last = page.last;
    }
  }

  /** Fetches and checks all that a directory is written in, for whoever need not know what that says. @throws corrupt. */
  async checkPages(directory: Content): Promise<void> {
    for await (const extent of this.extents(directory)) {
      if (extent.kind !== "chunk") throw corrupt("a hole in a directory");
      await this.#catalogueChunk(extent.ref);
    }
  }

  /** The extents of a content in order, holes included, from the one that covers `fromBytes`. @throws corrupt. */
  extents(content: Content, fromBytes = 0): AsyncGenerator<PlacedExtent> {
    return this.#flatten(content.depth, content.extents, 0, fromBytes);
  }

  /** Checked bytes of one chunk, valid as long as `readBlock`'s are: use them before the next read. @throws corrupt `arena.corrupt` when they do not hash to its id. */
  async chunk(ref: ChunkRef): Promise<Bytes> {
    this.#checkInside(ref);
    const bytes = await this.#bytes(ref.address, ref.lengthBytes);
    if (!equalBytes(await this.#hash(this.superblock.chunkKey, bytes), ref.id)) throw corrupt("chunk hash differs");
    return bytes;
  }

  /** Where a chunk's bytes lie, for whoever reads the blocks and compares its id without this reader. @throws corrupt. */
  spans(ref: ChunkRef): readonly BlockSpan[] {
    this.#checkInside(ref);
    const spans: BlockSpan[] = [];
    for (let at = ref.address, left = ref.lengthBytes; left > 0; ) {
      const block = Math.floor(at / blockSizeBytes);
      const start = at - block * blockSizeBytes;
      const lengthBytes = Math.min(left, blockSizeBytes - start);
      spans.push({ block, start, lengthBytes });
      at += lengthBytes;
      left -= lengthBytes;
    }
    return spans;
  }

  /** The plain bytes of a block, valid as long as `readBlock`'s are. */
  block(index: number): Promise<Bytes> {
    return this.#readBlock(index);
  }

  /** Index segments, newest first. @throws corrupt. */
  async *segments(): AsyncGenerator<IndexSegment> {
    let next = this.superblock.lastSegment;
    while (next !== null) {
      const segment = decodeSegment(await this.#catalogueChunk(next));
      yield segment;
      next = segment.previous;
    }
  }

  async *#flatten(
    depth: number,
    extents: readonly Extent[],
    startBytes: number,
    fromBytes: number,
  ): AsyncGenerator<PlacedExtent> {
    let offsetBytes = startBytes;
    for (const extent of extents) {
      const start = offsetBytes;
      offsetBytes += extent.lengthBytes;
      // What lies before needs no list of its own.
      if (offsetBytes <= fromBytes) continue;
      if (depth === 0 || extent.kind !== "chunk") {
        yield { ...extent, offsetBytes: start };
        continue;
      }
      const reader = new ByteReader(await this.#catalogueChunk(extent.ref));
      const under = readExtents(reader, depth - 1, listExtentsMax);
      reader.end("extent list");
      checkCovers(under, extent.lengthBytes);
      yield* this.#flatten(depth - 1, under, start, fromBytes);
    }
  }

  async #catalogueChunk(ref: ChunkRef): Promise<Bytes> {
    if (ref.lengthBytes > catalogueChunkBytesMax) throw corrupt("catalogue chunk too long");
    // Its reader comes back to it after other blocks were read, whose bytes may by then lie where these lay.
    const bytes = new Uint8Array(await this.chunk(ref));
    this.onCatalogueChunk?.(ref);
    return bytes;
  }

  #checkInside(ref: ChunkRef): void {
    const end = ref.address + ref.lengthBytes;
    if (ref.address < blockSizeBytes || end > this.superblock.blocks * blockSizeBytes) {
      throw corrupt("a chunk outside the image");
    }
  }

  async #bytes(address: number, lengthBytes: number): Promise<Bytes> {
    const first = Math.floor(address / blockSizeBytes);
    const start = address - first * blockSizeBytes;
    if (start + lengthBytes <= blockSizeBytes) {
      return (await this.#readBlock(first)).subarray(start, start + lengthBytes);
    }
    const bytes = new Uint8Array(lengthBytes);
    let done = 0;
    for (let index = first; done < lengthBytes; index++) {
      const from = index === first ? start : 0;
      const piece = (await this.#readBlock(index)).subarray(from, from + lengthBytes - done);
      bytes.set(piece, done);
      done += piece.length;
    }
    return bytes;
  }
}
