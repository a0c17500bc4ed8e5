import {
  type ArenaReader,
  blockSizeBytes,
  type ChunkRef,
  type Content,
  compareNames,
  type DirectoryPage,
  type SeenFile,
  type StoredEntry,
} from "@casaforte/arena";
import type { EarlierContent } from "./read-changed.ts";

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
  readonly #pages: AsyncGenerator<DirectoryPage>;
  readonly #isLive: (address: number, lengthBytes: number) => boolean;
  #page: DirectoryPage | null = null;
  #isOver = false;

  constructor(parent: ParentPoint, directory: Content) {
    this.#pages = parent.reader.unreadPages(directory);
    this.#isLive = (address, lengthBytes) => isStretchLive(parent, address, lengthBytes);
  }

  /** To be awaited before `takeSame`: the page of the next entry, if there is one. */
  ready(): Promise<void> | undefined {
    return this.#isOver || this.#page?.isOver === false ? undefined : this.#turn();
  }

  /** The bytes of the next entry when it is this very file, all of it stored; null for all else, which `find` tells. */
  takeSame(file: SeenFile): Uint8Array | null {
    return this.#page?.takeSame(file, this.#isLive) ?? null;
  }

  /** The parent's entry of this name; a promise when a page must be read for it. Names are asked for in ascending order. */
  find(name: Uint8Array): StoredEntry | undefined | Promise<StoredEntry | undefined> {
    const page = this.#page;
    for (let next = page?.next() ?? null; page !== null && next !== null; next = page.next()) {
      const order = compareNames(next.entry.name, name);
      if (order > 0) return undefined;
      page.pass();
      if (order === 0) return next;
    }
    return this.#isOver ? undefined : this.#turn().then(() => this.find(name));
  }

  async close(): Promise<void> {
    await this.#pages.return(undefined);
  }

  async #turn(): Promise<void> {
    const next = await this.#pages.next();
    this.#isOver = next.done === true;
    this.#page = next.done === true ? null : next.value;
  }
}

/** Whether every chunk under a content still has its blocks; a chunk that lies in a hole must be sent again. */
export async function isContentLive(parent: ParentPoint, content: Content): Promise<boolean> {
  for (const extent of content.extents) if (extent.kind === "chunk" && !isChunkLive(parent, extent.ref)) return false;
  if (content.depth === 0) return true;
  for await (const extent of parent.reader.extents(content)) {
    if (extent.kind === "chunk" && !isChunkLive(parent, extent.ref)) return false;
  }
  return true;
}

/** What a file was, for `readChanged`. */
export const earlierContent = (parent: ParentPoint, content: Content): Omit<EarlierContent, "comparer"> => ({
  extents: parent.reader.extents(content),
  isLive: ({ ref }) => isChunkLive(parent, ref),
});

export const isChunkLive = (parent: Pick<ParentPoint, "isLive">, { address, lengthBytes }: ChunkRef): boolean =>
  isStretchLive(parent, address, lengthBytes);

function isStretchLive(parent: Pick<ParentPoint, "isLive">, address: number, lengthBytes: number): boolean {
  const last = Math.floor((address + lengthBytes - 1) / blockSizeBytes);
  for (let block = Math.floor(address / blockSizeBytes); block <= last; block++) {
    if (!parent.isLive(block)) return false;
  }
  return true;
}
