import type { Content, Entry, StoredEntry } from "@casaforte/arena";
import { mountCachedEntriesMax, mountIndexesMax } from "../limits.ts";

/** Where the pages of a large directory begin. */
interface PageStart {
  readonly name: Uint8Array;
  readonly offsetBytes: number;
}

/** Equal for equal bytes: a point holds each chunk once. */
export const keyOf = ({ sizeBytes, depth, extents }: Content): string =>
  `${sizeBytes}:${depth}:${extents.map((each) => (each.kind === "chunk" ? each.ref.address : `${each.kind}${each.lengthBytes}`)).join()}`;

/** The pages of a directory from a place on, as `ArenaReader` gives them. */
type Pages = (directory: Content, fromBytes: number) => AsyncGenerator<readonly StoredEntry[]>;

/**
 * Finds names in directories. A directory is read once as long as it is remembered: small ones are kept whole, of large ones
 * the first name of each page, so that a name costs one page.
 */
export class NameLookup {
  readonly #pages: Pages;
  /** Whole directories and indexes of large ones, those used last at the end. */
  readonly #known = new Map<string, ReadonlyMap<string, Entry>>();
  readonly #indexes = new Map<string, readonly PageStart[]>();
  #knownEntries = 0;

  constructor(pages: Pages) {
    this.#pages = pages;
  }

  /** @throws corrupt, and what the vault throws. */
  async find(directory: Content, name: Buffer): Promise<Entry | undefined> {
    const key = keyOf(directory);
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.#known.delete(key);
      this.#known.set(key, known);
      return known.get(latin1(name));
    }
    return this.#findInPage(directory, name, this.#indexes.get(key) ?? (await this.#learn(directory, key)));
  }

  /** The directory as it was learnt: its page starts, even if it is kept whole. */
  async #learn(directory: Content, key: string): Promise<readonly PageStart[]> {
    const entries = new Map<string, Entry>();
    const starts: PageStart[] = [];
    let offsetBytes = 0;
    for await (const page of this.#pages(directory, 0)) {
      const [first] = page;
      if (first !== undefined) starts.push({ name: first.entry.name, offsetBytes });
      for (const { entry, bytes } of page) {
        offsetBytes += bytes.length;
        if (entries.size <= mountCachedEntriesMax) entries.set(latin1(entry.name), entry);
      }
    }
    if (entries.size <= mountCachedEntriesMax) this.#keep(key, entries);
    else this.#keepIndex(key, starts);
    return starts;
  }

  async #findInPage(directory: Content, name: Buffer, starts: readonly PageStart[]): Promise<Entry | undefined> {
    const start = starts.findLast((each) => Buffer.compare(each.name, name) <= 0);
    if (start === undefined) return undefined;
    for await (const page of this.#pages(directory, start.offsetBytes))
      return page.find(({ entry }) => Buffer.compare(entry.name, name) === 0)?.entry;
    return undefined;
  }

  #keep(key: string, entries: ReadonlyMap<string, Entry>): void {
    if (this.#known.has(key)) return;
    this.#known.set(key, entries);
    this.#knownEntries += entries.size;
    for (const [oldest, { size }] of this.#known) {
      if (this.#knownEntries <= mountCachedEntriesMax) break;
      this.#known.delete(oldest);
      this.#knownEntries -= size;
    }
  }

  #keepIndex(key: string, starts: readonly PageStart[]): void {
    this.#indexes.set(key, starts);
    for (const oldest of this.#indexes.keys()) {
      if (this.#indexes.size <= mountIndexesMax) break;
      this.#indexes.delete(oldest);
    }
  }
}

const latin1 = (name: Uint8Array): string => Buffer.from(name).toString("latin1");
