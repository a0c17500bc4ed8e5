import { hash } from "node:crypto";
import { type Content, type OnEntry, type SeenFile, seenFileIn } from "@casaforte/arena";

/** Directories of fewer names are compared entry by entry as quickly; of more, a digest would keep the loop too long. */
const namesMin = 8;
const namesMax = 4096;
/** 4 MiB of them. */
const directoriesMax = 65_536;
const digestBytes = 32;
const recordBytes = 2 * digestBytes;
/** Of a name: what is longer has no place in an entry. */
const seenBytesMax = 8192;
const tallyBytes = 0x8000;

/** Whether a directory of so many names is one to be known. */
const isOfSize = (names: readonly string[]): boolean => names.length >= namesMin && names.length <= namesMax;

/**
 * Which content of a catalogue stands for which names of a disk: digests of both, of directories of nothing but files of one
 * name. Where a disk says of its names just what is in the entries, that content is the directory: each file is as the
 * parent has it, and none need be compared and written by itself. A content's chunks are named by a keyed hash of their
 * bytes, so that this stays true of every point, and says nothing of another chain.
 */
export class KnownDirectories {
  readonly #before = new Map<string, string>();
  readonly #now = new Map<string, string>();
  readonly #tally = new Tally();
  /** Of directories that were written. */
  readonly #spare: Tally[] = [];

  /** What an earlier run kept; anything else is nothing. */
  constructor(kept: Buffer = Buffer.alloc(0)) {
    for (let at = 0; at + recordBytes <= kept.length; at += recordBytes)
      this.#before.set(
        kept.toString("latin1", at, at + digestBytes),
        kept.toString("latin1", at + digestBytes, at + recordBytes),
      );
  }

  /**
   * The sum of the files' sizes, if the names that `see` tells of are what this content stands for; else null. `pace` is
   * called before each, and a promise of it waited for. One at a time. @throws what the signal was ended with.
   */
  async sizeOfSame(content: Content, names: readonly string[], { see, pace, signal }: Look): Promise<number | null> {
    if (!isOfSize(names)) return null;
    const key = keyOf(content);
    const digest = this.#before.get(key);
    if (digest === undefined) return null;
    let sizeBytes = 0;
    this.#tally.clear();
    for (const name of names) {
      signal?.throwIfAborted();
      const waiting = pace();
      if (waiting !== undefined) await waiting;
      const seen = see(name);
      if (seen === null || !this.#tally.add(seen)) return null;
      sizeBytes += seen.sizeBytes;
    }
    if (this.#tally.digest() !== digest) return null;
    this.#keep(key, digest);
    return sizeBytes;
  }

  /** For a directory that is written; null for one that is not to be known. */
  watch(names: readonly string[]): DirectoryWatch | null {
    if (!isOfSize(names)) return null;
    const tally = this.#spare.pop() ?? new Tally();
    tally.clear();
    let isPlain = true;
    return {
      onEntry: (bytes) => {
        const seen = isPlain ? seenFileIn(bytes) : null;
        isPlain = seen !== null && tally.add(seen);
      },
      end: (content) => {
        if (isPlain) this.#keep(keyOf(content), tally.digest());
        this.#spare.push(tally);
      },
    };
  }

  /** What the next run shall know; null when it is what was kept already. */
  kept(): Buffer | null {
    const isOld =
      this.#now.size === this.#before.size && [...this.#now].every(([key, at]) => this.#before.get(key) === at);
    return isOld ? null : Buffer.concat([...this.#now].map(([key, digest]) => Buffer.from(key + digest, "latin1")));
  }

  #keep(key: string, digest: string): void {
    if (this.#now.size < directoriesMax) this.#now.set(key, digest);
  }
}

export interface Look {
  readonly see: (name: string) => SeenFile | null;
  readonly pace: () => Promise<void> | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface DirectoryWatch {
  /** The next entry, as it is written. */
  readonly onEntry: OnEntry;
  /** The content that came of them. */
  end(content: Content): void;
}

/** What the disk says of names, one behind the other. */
class Tally {
  #bytes = Buffer.alloc(tallyBytes);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  add({ name, owner, times, sizeBytes }: SeenFile): boolean {
    if (name.length + owner.length > seenBytesMax) return false;
    if (this.#length + 2 * seenBytesMax > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)]);
    const bytes = this.#bytes;
    let at = bytes.writeUInt16LE(name.length, this.#length);
    at = bytes.writeUInt16LE(owner.length, at);
    at = bytes.writeDoubleLE(sizeBytes, at);
    for (const part of [name, owner, times]) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#length = at;
    return true;
  }

  digest(): string {
    return hash("sha256", this.#bytes.subarray(0, this.#length), "buffer").toString("latin1");
  }
}

function keyOf({ sizeBytes, depth, extents }: Content): string {
  const parts = [Buffer.from(`${sizeBytes} ${depth}`)];
  for (const extent of extents)
    parts.push(extent.kind === "chunk" ? Buffer.from(extent.ref.id) : Buffer.from(extent.kind));
  return hash("sha256", Buffer.concat(parts), "buffer").toString("latin1");
}
