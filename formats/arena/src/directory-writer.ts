import { assert, type Bytes } from "@casaforte/kernel";
import { ByteWriter } from "./byte-writer.ts";
import type { Content } from "./content.ts";
import { type ChunkSink, ExtentList } from "./content-writer.ts";
import type { Entry } from "./entry.ts";
import { nameIn, writeEntry } from "./entry-codec.ts";
import { entryBytesMax, pageBytesMax, pageBytesMin } from "./limits.ts";
import { compareNames } from "./names.ts";

/** Told the bytes of each entry, valid until it returns. */
export type OnEntry = (bytes: Bytes) => void;

/**
 * Writes one directory as pages of entries in ascending order of name. Where a page ends depends on names alone, so a
 * new file changes one page of a large directory, not all that follow.
 */
export class DirectoryWriter {
  readonly #sink: ChunkSink;
  readonly #list: ExtentList;
  readonly #page = new ByteWriter();
  readonly #entry = new ByteWriter();
  readonly #onEntry: OnEntry | undefined;
  #last: Bytes | null = null;

  constructor(sink: ChunkSink, onEntry?: OnEntry) {
    this.#sink = sink;
    this.#onEntry = onEntry;
    this.#list = new ExtentList(sink);
  }

  /** Entries come in strictly ascending order of their name's bytes. */
  add(entry: Entry): void {
    writeEntry(this.#entry, entry);
    this.addStored(this.#entry.take());
  }

  /** The bytes of an entry, as an earlier point has them. */
  addStored(bytes: Bytes): void {
    const name = nameIn(bytes);
    assert(this.#last === null || compareNames(this.#last, name) < 0, "names ascend");
    this.#last = name;
    this.#onEntry?.(bytes);
    assert(bytes.length <= entryBytesMax, "an entry stays under its limit");
    if (this.#page.length + bytes.length > pageBytesMax) this.#close();
    this.#page.raw(bytes);
    if (this.#page.length >= pageBytesMin && isBoundary(name)) this.#close();
  }

  end(): Content {
    this.#close();
    return this.#list.end();
  }

  #close(): void {
    if (this.#page.length === 0) return;
    const bytes = this.#page.take();
    this.#list.add({ kind: "chunk", ref: this.#sink.putCatalogue(bytes), lengthBytes: bytes.length });
  }
}

/** One name in 128 ends a page that has reached its minimum (FNV-1a of the name). */
function isBoundary(name: Bytes): boolean {
  let hash = 0x811c_9dc5;
  for (const byte of name) hash = Math.imul(hash ^ byte, 0x0100_0193);
  return ((hash >>> 12) & 127) === 0;
}
