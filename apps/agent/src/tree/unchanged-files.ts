import { ownerBytes, type SeenFile } from "@casaforte/arena";
import { statxOffsets as at, statxBytes, statxInto } from "../posix.ts";
import type { Owners } from "./owners.ts";
import type { ParentEntries } from "./parent-entries.ts";
import type { Place } from "./place.ts";

/** A file that the parent has just so. */
export interface UnchangedFile {
  /** Its entry. */
  readonly bytes: Uint8Array;
  readonly sizeBytes: number;
}

const timesBytes = 24;
/** Longer paths go the ordinary way. */
const pathBytesMax = 4096;
const regularFile = 0o100000;
const kindMask = 0o170000;

/**
 * Tells files that are as the parent has them, attributes included, by comparing what the system says of them with the
 * bytes of the parent's entry: no value is made of either, since nearly all files of nearly all runs are such ones.
 */
export class UnchangedFiles {
  readonly #owners: Owners;
  readonly #path = Buffer.alloc(pathBytesMax);
  #place: Place | null = null;
  #nameAt = 0;
  readonly #stat = Buffer.alloc(statxBytes);
  readonly #view = new DataView(this.#stat.buffer, this.#stat.byteOffset, statxBytes);
  readonly #times = new Uint8Array(timesBytes);
  readonly #timesView = new DataView(this.#times.buffer);
  #owner = { mode: -1, userId: -1, groupId: -1, bytes: new Uint8Array(0) };

  constructor(owners: Owners) {
    this.#owners = owners;
  }

  /** Null unless the next of the parent's entries is this name, a file of one name, and nothing of it has changed. */
  take(place: Place, name: string, entries: ParentEntries): UnchangedFile | null {
    const file = this.see(place, name);
    const bytes = file === null ? null : entries.takeSame(file);
    return file === null || bytes === null ? null : { bytes, sizeBytes: file.sizeBytes };
  }

  /** A file of one name as the disk has it, valid until the next is asked for; null for all else. */
  see(place: Place, name: string): SeenFile | null {
    const nameBytes = this.#look(place, name);
    const view = this.#view;
    if (nameBytes === null || (view.getUint16(at.mode, true) & kindMask) !== regularFile) return null;
    const sizeBytes = view.getUint32(at.size, true) + view.getUint32(at.size + 4, true) * 2 ** 32;
    if (view.getUint32(at.links, true) !== 1 || !Number.isSafeInteger(sizeBytes) || !this.#tellTimes()) return null;
    return { name: nameBytes, owner: this.#ownerBytes(), times: this.#times, sizeBytes };
  }

  /** The name's bytes once it was looked at; null where it cannot be, and the ordinary way will tell why. */
  #look(place: Place, name: string): Uint8Array | null {
    const path = this.#path;
    if (place !== this.#place) {
      const before = place.child(new Uint8Array(0));
      if (before.length >= pathBytesMax) return null;
      before.copy(path);
      this.#place = place;
      this.#nameAt = before.length;
    }
    const end = this.#nameAt + name.length;
    if (end >= pathBytesMax) return null;
    path.write(name, this.#nameAt, "latin1");
    path[end] = 0;
    const isKnown = place.seen?.copyStats(name, this.#stat) === true || statxInto(path, this.#stat);
    return isKnown ? path.subarray(this.#nameAt, end) : null;
  }

  #ownerBytes(): Uint8Array {
    const mode = this.#view.getUint16(at.mode, true) & 0o7777;
    const userId = this.#view.getUint32(at.userId, true);
    const groupId = this.#view.getUint32(at.groupId, true);
    const last = this.#owner;
    if (mode !== last.mode || userId !== last.userId || groupId !== last.groupId) {
      const [userName, groupName] = [this.#owners.userName(userId), this.#owners.groupName(groupId)];
      const bytes = ownerBytes({ mode, userId, groupId, userName, groupName });
      this.#owner = { mode, userId, groupId, bytes };
    }
    return this.#owner.bytes;
  }

  /** False for times that are left to the ordinary way. */
  #tellTimes(): boolean {
    return this.#tellTime(at.modified, 0) && this.#tellTime(at.changed, 8) && this.#tellTime(at.accessed, 16);
  }

  /** Seconds and nanoseconds as nanoseconds, without a number of more than 53 bits: from 1970 to 2106. */
  #tellTime(from: number, to: number): boolean {
    const view = this.#view;
    if (view.getInt32(from + 4, true) !== 0) return false;
    const seconds = view.getUint32(from, true);
    const high = (seconds >>> 16) * billion;
    const low = (seconds & 0xffff) * billion + view.getUint32(from + 8, true) + (high % 0x1_0000) * 0x1_0000;
    this.#timesView.setUint32(to, low % 2 ** 32, true);
    this.#timesView.setUint32(to + 4, Math.floor(high / 0x1_0000) + Math.floor(low / 2 ** 32), true);
    return true;
  }
}

const billion = 1_000_000_000;
