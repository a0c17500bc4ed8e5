import { hash } from "node:crypto";
import type { RawPath } from "../posix.ts";

/** 32 MiB of them; files of more directories are read anew by each run. */
const directoriesMax = 4_194_304;
/** Of a digest: what a number holds. Of a million directories, one of 2^28 others would be taken for the one that was. */
const digestBytes = 6;
const inodeBytes = 8;

/**
 * Which directory stood under which path when a point was made, as one number of each. Two directories that change places
 * change no time of any file in them, and files that were written within one step of the kernel's clock may have equal
 * times: only where the directory is the same one do equal names, sizes and times stand for the files they stood for.
 * Of inodes no device is kept, which is another one for each snapshot.
 */
export class DirectoryInodes {
  /** Ascending. */
  readonly #before: Float64Array;
  readonly #now: number[] = [];

  /** What was kept of the parent point; anything else is nothing. */
  constructor(kept: Buffer = Buffer.alloc(0)) {
    const room = new Float64Array(Math.floor(kept.length / Float64Array.BYTES_PER_ELEMENT));
    kept.copy(Buffer.from(room.buffer));
    this.#before = room;
  }

  /** Notes the directory that is found there, and tells whether the parent was made of just this one. */
  isSame(path: RawPath, inode: bigint): boolean {
    const digest = digestOf(path, inode);
    if (this.#now.length < directoriesMax) this.#now.push(digest);
    return this.#has(digest);
  }

  /** For the run after this one, once this one's point is there. */
  kept(): Buffer {
    return Buffer.from(Float64Array.from(this.#now).sort().buffer);
  }

  #has(digest: number): boolean {
    let [low, high] = [0, this.#before.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#before[middle] ?? 0) < digest) low = middle + 1;
      else high = middle;
    }
    return this.#before[low] === digest;
  }
}

function digestOf(path: RawPath, inode: bigint): number {
  const bytes = Buffer.alloc(inodeBytes + path.length);
  // The system tells it as a signed number.
  bytes.writeBigUInt64LE(BigInt.asUintN(64, inode));
  path.copy(bytes, inodeBytes);
  return hash("sha256", bytes, "buffer").readUIntLE(0, digestBytes);
}
