import {
  type ArenaReader,
  blockSizeBytes,
  type ChunkRef,
  type Content,
  compareNames,
  type Entry,
} from "@casaforte/arena";

/** The parent point, for an increment: what need not be read again. */
export interface ParentPoint {
  readonly reader: ArenaReader;
  /** Whether an image block is stored in the parent's chain, not a hole. */
  isLive(block: number): boolean;
}

/** Walks the parent's version of one directory in step with the walk of the disk. */
export class ParentEntries {
  readonly #entries: AsyncGenerator<Entry>;
  #current: IteratorResult<Entry> | null = null;

  constructor(reader: ArenaReader, directory: Content) {
    this.#entries = reader.entries(directory);
  }

  /** The parent's entry of this name. Names are asked for in ascending order. */
  async find(name: Uint8Array): Promise<Entry | undefined> {
    for (;;) {
      this.#current ??= await this.#entries.next();
      if (this.#current.done) return undefined;
      const order = compareNames(this.#current.value.name, name);
      if (order > 0) return undefined;
      const found = this.#current.value;
      this.#current = null;
      if (order === 0) return found;
    }
  }

  async close(): Promise<void> {
    await this.#entries.return(undefined);
  }
}

/** Whether every chunk under a content still has its blocks; a chunk that lies in a hole must be sent again. */
export async function isContentLive(parent: ParentPoint, content: Content): Promise<boolean> {
  if (content.depth === 0)
    return content.extents.every((extent) => extent.kind !== "chunk" || isChunkLive(parent, extent.ref));
  for (const extent of content.extents) if (extent.kind === "chunk" && !isChunkLive(parent, extent.ref)) return false;
  for await (const extent of parent.reader.extents(content)) {
    if (extent.kind === "chunk" && !isChunkLive(parent, extent.ref)) return false;
  }
  return true;
}

export function isChunkLive(parent: Pick<ParentPoint, "isLive">, ref: ChunkRef): boolean {
  const last = Math.floor((ref.address + ref.lengthBytes - 1) / blockSizeBytes);
  for (let block = Math.floor(ref.address / blockSizeBytes); block <= last; block++) {
    if (!parent.isLive(block)) return false;
  }
  return true;
}
