import {
  type ArenaReader,
  blockSizeBytes,
  type ChunkRef,
  type Content,
  compareNames,
  type StoredEntry,
} from "@casaforte/arena";

/** The parent point, for an increment: what need not be read again. */
export interface ParentPoint {
  readonly reader: ArenaReader;
  /** Whether an image block is stored in the parent's chain, not a hole. */
  isLive(block: number): boolean;
  /** To be awaited before content is read that the parent may have elsewhere: only then its index is fetched. */
  readIndex(): Promise<void>;
}

/** Walks the parent's version of one directory in step with the walk of the disk. */
export class ParentEntries {
  readonly #pages: AsyncGenerator<readonly StoredEntry[]>;
  #page: readonly StoredEntry[] = [];
  #at = 0;
  #isOver = false;

  constructor(reader: ArenaReader, directory: Content) {
    this.#pages = reader.pages(directory);
  }

  /** The parent's entry of this name; a promise when a page must be read for it. Names are asked for in ascending order. */
  find(name: Uint8Array): StoredEntry | undefined | Promise<StoredEntry | undefined> {
    for (let found = this.#page[this.#at]; found !== undefined; found = this.#page[this.#at]) {
      const order = compareNames(found.entry.name, name);
      if (order > 0) return undefined;
      this.#at++;
      if (order === 0) return found;
    }
    return this.#isOver ? undefined : this.#findFurther(name);
  }

  async close(): Promise<void> {
    await this.#pages.return(undefined);
  }

  async #findFurther(name: Uint8Array): Promise<StoredEntry | undefined> {
    const next = await this.#pages.next();
    this.#isOver = next.done === true;
    this.#page = next.done === true ? [] : next.value;
    this.#at = 0;
    return this.find(name);
  }
}

/** Whether every chunk under a content still has its blocks; a chunk that lies in a hole must be sent again. */
export function isContentLive(parent: ParentPoint, content: Content): boolean | Promise<boolean> {
  if (content.depth > 0) return isDeepContentLive(parent, content);
  return content.extents.every((extent) => extent.kind !== "chunk" || isChunkLive(parent, extent.ref));
}

async function isDeepContentLive(parent: ParentPoint, content: Content): Promise<boolean> {
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
