import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { type ArenaReader, blockSizeBytes, type ChunkRef, type Content } from "@casaforte/arena";
import { equalBytes } from "@casaforte/kernel";
import { isDamage } from "../tree/write-tree.ts";
import { chunkHash } from "./chunk-hash.ts";

/** Where this machine may still have a chunk's bytes. */
interface LivePlace {
  readonly path: Buffer;
  readonly offsetBytes: number;
}

/** Chunks noted at most: a mebibyte of the tiniest files has some ten thousand. */
const chunksMax = 1_000_000;

/**
 * What lies in some blocks of a point's image, by the index and the catalogue as far as they can be read, and where on
 * this machine's disk each chunk came from.
 */
export class LiveChunks {
  readonly #reader: ArenaReader;
  readonly #blocks: ReadonlySet<number>;
  readonly #chunks = new Map<number, Map<number, ChunkRef>>();
  readonly #places = new Map<number, LivePlace>();
  readonly #signal: AbortSignal;
  #count = 0;

  private constructor(reader: ArenaReader, blocks: ReadonlySet<number>, signal: AbortSignal) {
    this.#reader = reader;
    this.#blocks = blocks;
    this.#signal = signal;
  }

  static async find(reader: ArenaReader, blocks: ReadonlySet<number>, signal: AbortSignal): Promise<LiveChunks> {
    const found = new LiveChunks(reader, blocks, signal);
    await unlessDamaged(async () => {
      for await (const segment of reader.segments()) for (const ref of segment.records) found.#note(ref);
    });
    await found.#walk(Buffer.from("/"), reader.superblock.root);
    return found;
  }

  /** A block as it was, of chunks that this machine still has; null when one of them is gone or another now. */
  rebuild(block: number): Uint8Array | null {
    const plain = new Uint8Array(blockSizeBytes);
    const start = block * blockSizeBytes;
    for (const ref of this.#chunks.get(block)?.values() ?? []) {
      const bytes = this.#read(ref);
      if (bytes === null) return null;
      // Of a chunk that goes over several blocks, what lies in this one.
      const from = Math.max(0, start - ref.address);
      const piece = bytes.subarray(from, start + blockSizeBytes - ref.address);
      plain.set(piece, ref.address + from - start);
    }
    return plain;
  }

  #note(ref: ChunkRef): boolean {
    let isWanted = false;
    for (const { block } of this.#reader.spans(ref)) {
      if (!this.#blocks.has(block)) continue;
      isWanted = true;
      const chunks = this.#chunks.get(block) ?? new Map<number, ChunkRef>();
      this.#chunks.set(block, chunks);
      if (this.#count >= chunksMax || chunks.has(ref.address)) continue;
      chunks.set(ref.address, ref);
      this.#count++;
    }
    return isWanted;
  }

  async #walk(path: Buffer, directory: Content): Promise<void> {
    await unlessDamaged(async () => {
      for await (const entry of this.#reader.entries(directory)) {
        this.#signal.throwIfAborted();
        const inside = Buffer.concat([path, Buffer.from(path.length > 1 ? "/" : ""), entry.name]);
        if (entry.type === "directory") await this.#walk(inside, entry.content);
        if (entry.type === "file") await this.#file(inside, entry.content);
      }
    });
  }

  async #file(path: Buffer, content: Content): Promise<void> {
    await unlessDamaged(async () => {
      for await (const extent of this.#reader.extents(content)) {
        if (extent.kind !== "chunk" || !this.#note(extent.ref)) continue;
        this.#places.set(extent.ref.address, { path, offsetBytes: extent.offsetBytes });
      }
    });
  }

  #read(ref: ChunkRef): Uint8Array | null {
    const place = this.#places.get(ref.address);
    const bytes = place === undefined ? null : readPlace(place, ref.lengthBytes);
    if (bytes === null) return null;
    return equalBytes(chunkHash(this.#reader.superblock.chunkKey, bytes), ref.id) ? bytes : null;
  }
}

/** Null when the file is gone, another kind of file, shorter or not to be read. */
function readPlace({ path, offsetBytes }: LivePlace, lengthBytes: number): Uint8Array | null {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile() && !stats.isBlockDevice()) return null;
      const bytes = new Uint8Array(lengthBytes);
      for (let done = 0; done < lengthBytes; ) {
        const count = readSync(fd, bytes, done, lengthBytes - done, offsetBytes + done);
        if (count === 0) return null;
        done += count;
      }
      return bytes;
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

/** What cannot be read is not known; the rest is. */
async function unlessDamaged(read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}
