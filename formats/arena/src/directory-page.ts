import type { Bytes } from "@casaforte/kernel";
import { ByteReader, corrupt } from "./byte-reader.ts";
import type { StoredEntry } from "./entry.ts";
import { readEntry } from "./entry-codec.ts";
import { compareNames } from "./names.ts";
import { endOfSameFile, type SeenFile } from "./same-file.ts";

/** One page of a directory, entry by entry: what its bytes tell is not made into values before it is asked for. */
export class DirectoryPage {
  readonly #bytes: Bytes;
  #at = 0;
  #next: StoredEntry | null = null;
  #last: Bytes | null;

  /** `after` is the last name read before it. */
  constructor(bytes: Bytes, after: Bytes | null) {
    this.#bytes = bytes;
    this.#last = after;
  }

  get isOver(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The name of the last entry that `next` gave. */
  get last(): Bytes | null {
    return this.#last;
  }

  /** The entry that stands next, until it is passed; null behind the last. @throws corrupt. */
  next(): StoredEntry | null {
    if (this.#next !== null || this.isOver) return this.#next;
    const rest = this.#bytes.subarray(this.#at);
    const reader = new ByteReader(rest);
    const entry = readEntry(reader);
    if (this.#last !== null && compareNames(this.#last, entry.name) >= 0) throw corrupt("names do not ascend");
    this.#last = entry.name;
    this.#next = { entry, bytes: rest.subarray(0, reader.at) };
    return this.#next;
  }

  /** Passes the entry that `next` gave. */
  pass(): void {
    this.#at += this.#next?.bytes.length ?? 0;
    this.#next = null;
  }

  /** Passes the next entry, and gives its bytes, when it is this very file, as `endOfSameFile` tells; else null. */
  takeSame(file: SeenFile, isLive: (address: number, lengthBytes: number) => boolean): Bytes | null {
    const end = endOfSameFile(this.#bytes, this.#at, file, isLive);
    if (end === null) return null;
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    this.#next = null;
    return bytes;
  }
}
