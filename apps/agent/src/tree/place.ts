import { closeSync, constants, openSync } from "node:fs";
import type { RawPath } from "../posix.ts";
import type { SeenDirectory } from "./seen-tree.ts";

const slash = Buffer.of(0x2f);
const nothing = new Uint8Array(0);
/** Well under the kernel's 4096 even with the longest name behind it. */
const pathBytesMax = 2048;

/**
 * A directory as we reach it. Deep in a tree the path would grow past the kernel's limit, so there the directory is
 * held open and reached through /proc/self/fd, which is short again.
 */
export class Place {
  /** What people see. */
  readonly shown: RawPath;
  /** In a snapshot: names in it do not go away. */
  readonly isFrozen: boolean;
  readonly #reach: RawPath;
  readonly #before: RawPath;
  readonly #fd: number | null;
  /** What was looked at in it before it was walked. */
  seen: SeenDirectory | null = null;

  constructor(shown: RawPath, reach: RawPath = shown, isFrozen = false) {
    this.shown = shown;
    this.isFrozen = isFrozen;
    this.#fd = reach.length > pathBytesMax ? openSync(reach, constants.O_RDONLY | constants.O_DIRECTORY) : null;
    this.#reach = this.#fd === null ? reach : Buffer.from(`/proc/self/fd/${this.#fd}`);
    this.#before = join(this.#reach, nothing);
  }

  /** Names in it are reached through it alone: what reads them ends before it is closed. */
  get isHeld(): boolean {
    return this.#fd !== null;
  }

  /** For system calls on the directory itself. */
  get path(): RawPath {
    return this.#reach;
  }

  /** For system calls on a name in it. */
  child(name: Uint8Array): RawPath {
    return Buffer.concat([this.#before, name]);
  }

  childShown(name: Uint8Array): RawPath {
    return join(this.shown, name);
  }

  enter(name: Uint8Array): Place {
    return new Place(this.childShown(name), this.child(name));
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
  }
}

/** The root directory is `/`, every other path has no slash at its end. */
function join(directory: RawPath, name: Uint8Array): RawPath {
  return directory.length === 1 && directory[0] === 0x2f
    ? Buffer.concat([slash, name])
    : Buffer.concat([directory, slash, name]);
}
