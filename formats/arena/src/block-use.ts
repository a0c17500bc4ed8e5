import { toHex } from "@casaforte/kernel";
import type { ArenaReader } from "./arena-reader.ts";
import { ByteReader } from "./byte-reader.ts";
import type { ChunkRef } from "./chunk-ref.ts";
import { type Content, readExtents } from "./content.ts";
import { readEntry } from "./entry-codec.ts";
import { decodeSegment } from "./index-segment.ts";
import { blockSizeBytes, listExtentsMax } from "./limits.ts";

/**
 * Which blocks of an image its points need, and about how much of each: files, catalogue and index. Points of one chain
 * share most of their catalogue, so that the second walk reads only what differs. Holds 32 bytes for each catalogue
 * chunk seen, and one number a block.
 */
export class BlockUse {
  readonly #seen = new Set<string>();
  readonly #bytes = new Map<number, number>();

  /** Adds everything that a point needs. @throws corrupt; whatever reading a block throws. */
  async add(reader: ArenaReader): Promise<void> {
    this.#bytes.set(0, blockSizeBytes);
    await this.#directory(reader, reader.superblock.root);
    for (let next = reader.superblock.lastSegment; next !== null && this.#isNew(next); ) {
      next = decodeSegment(await reader.chunk(next)).previous;
    }
  }

  isUsed(block: number): boolean {
    return this.#bytes.has(block);
  }

  /** Bytes of the block that are needed, at most 1 MiB; what two files share may count twice. */
  usedBytes(block: number): number {
    return Math.min(blockSizeBytes, this.#bytes.get(block) ?? 0);
  }

  async #directory(reader: ArenaReader, content: Content): Promise<void> {
    await this.#content(reader, content, async (page) => {
      if (!this.#isNew(page)) return;
      const entries = new ByteReader(await reader.chunk(page));
      while (entries.left > 0) {
        const entry = readEntry(entries);
        if (entry.type === "directory") await this.#directory(reader, entry.content);
        if (entry.type === "file") await this.#content(reader, entry.content, (ref) => this.#mark(ref));
      }
    });
  }

  /** Marks the lists of a content, and hands on its chunks of those lists that were not seen before. */
  async #content(
    reader: ArenaReader,
    content: Pick<Content, "depth" | "extents">,
    onLeaf: (ref: ChunkRef) => Promise<void> | void,
  ): Promise<void> {
    for (const extent of content.extents) {
      if (extent.kind !== "chunk") continue;
      if (content.depth === 0) {
        await onLeaf(extent.ref);
        continue;
      }
      if (!this.#isNew(extent.ref)) continue;
      const list = new ByteReader(await reader.chunk(extent.ref));
      const depth = content.depth - 1;
      await this.#content(reader, { depth, extents: readExtents(list, depth, listExtentsMax) }, onLeaf);
    }
  }

  /** Marks a catalogue chunk the first time it is met. */
  #isNew(ref: ChunkRef): boolean {
    // The place belongs to it: the same chunk may have been stored again when its first block was given up.
    const key = `${toHex(ref.id)}${ref.address}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    this.#mark(ref);
    return true;
  }

  #mark(ref: ChunkRef): void {
    const end = ref.address + ref.lengthBytes;
    for (let at = ref.address; at < end; ) {
      const block = Math.floor(at / blockSizeBytes);
      const next = Math.min(end, (block + 1) * blockSizeBytes);
      this.#bytes.set(block, (this.#bytes.get(block) ?? 0) + next - at);
      at = next;
    }
  }
}
