import type { BigIntStats } from "node:fs";
import type { Content } from "@casaforte/arena";

interface LinkedFile {
  readonly content: Content;
  /** Of the file as its content was read. */
  readonly stats: BigIntStats;
  left: bigint;
}

/**
 * What was read of files with several names, until the last of them was met. A number alone says nothing: a file may be
 * written to between two of its names, and where all of them went away another may have its number at once. Read once more
 * a content costs time, and where it is the same one the names stay one file's.
 */
export class LinkedFiles {
  readonly #files = new Map<string, LinkedFile>();

  /** What a name of this file has, when it was read at another and the file is as it was then. */
  find(stats: BigIntStats): Content | null {
    const key = keyOf(stats);
    const file = this.#files.get(key);
    if (file === undefined || !isSame(file.stats, stats)) return null;
    if (--file.left === 0n) this.#files.delete(key);
    return file.content;
  }

  /** Keeps what was read for the names that are to come. */
  keep(content: Content, stats: BigIntStats): void {
    this.#files.set(keyOf(stats), { content, stats, left: stats.nlink - 1n });
  }
}

const keyOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

const isSame = (a: BigIntStats, b: BigIntStats): boolean =>
  a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
