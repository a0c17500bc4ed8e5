import { type Bytes, utf8 } from "@casaforte/kernel";
import { ByteWriter } from "./byte-writer.ts";
import type { EntryAttributes } from "./entry.ts";
import { chunkIdBytes, inlineExtentsMax, xattrsMax } from "./limits.ts";

/** A regular file of one name as the disk has it, in the bytes of an entry (FORMAT.md §4). */
export interface SeenFile {
  readonly name: Bytes;
  /** As `ownerBytes` gives them. */
  readonly owner: Bytes;
  /** Of content, inode and access, ns since 1970: three i64, little-endian. */
  readonly times: Bytes;
  readonly sizeBytes: number;
}

/** Mode and owner as they stand in an entry. */
export function ownerBytes(
  owner: Pick<EntryAttributes, "mode" | "userId" | "groupId" | "userName" | "groupName">,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.varint(owner.mode);
  writer.varint(owner.userId);
  writer.varint(owner.groupId);
  writer.sized(utf8(owner.userName));
  writer.sized(utf8(owner.groupName));
  return writer.take();
}

/**
 * Where the entry that begins at `start` ends, when it is of just this file and every chunk of it is live; null for any
 * other entry, for one whose extents are in lists, and for bytes that are none: `readEntry` tells what those are. No value
 * is made on the way, since most files of most points are those of the point before.
 */
export function endOfSameFile(
  page: Bytes,
  start: number,
  file: SeenFile,
  isLive: (address: number, lengthBytes: number) => boolean,
): number | null {
  const skim = new Skim(page, start);
  const isSame =
    skim.next() === fileType &&
    skim.number() === file.name.length &&
    skim.is(file.name) &&
    skim.is(file.owner) &&
    skim.is(file.times) &&
    skim.passXattrs() &&
    skim.next() === noLinks &&
    skim.number() === file.sizeBytes &&
    skim.number() === 0 &&
    skim.passExtents(file.sizeBytes, isLive);
  return isSame && skim.at <= page.length ? skim.at : null;
}

/** What a disk would say of the file that this entry is of; null for an entry of anything but a regular file of one name. */
export function seenFileIn(entry: Bytes): SeenFile | null {
  const skim = new Skim(entry, 0);
  if (skim.next() !== fileType) return null;
  const name = skim.take(skim.number());
  const ownerAt = skim.at;
  // Mode, user and group as numbers, then the names of both.
  for (let left = 3; left > 0; left--) skim.number();
  for (let left = 2; left > 0; left--) skim.take(skim.number());
  const owner = entry.subarray(ownerAt, skim.at);
  const times = skim.take(timesBytes);
  if (!skim.passXattrs() || skim.next() !== noLinks) return null;
  return { name, owner, times, sizeBytes: skim.number() };
}

const timesBytes = 24;
const fileType = 0;
const noLinks = 0;
const chunkKind = 0;
const kindsEnd = 3;

/** Reads on and on; behind the last byte everything is -1. */
class Skim {
  readonly #bytes: Bytes;
  at: number;

  constructor(bytes: Bytes, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  next(): number {
    return this.#bytes[this.at++] ?? -1;
  }

  /** A varint in its shortest form; -1 for any other. */
  number(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.next();
      if (byte < 0) return -1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return byte === 0 && count > 0 ? -1 : value;
      scale *= 0x80;
    }
    return -1;
  }

  /** Passes these bytes. */
  is(bytes: Bytes): boolean {
    for (let index = 0; index < bytes.length; index++) if (this.#bytes[this.at + index] !== bytes[index]) return false;
    this.at += bytes.length;
    return true;
  }

  take(length: number): Bytes {
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  passXattrs(): boolean {
    const count = this.number();
    if (count < 0 || count > xattrsMax) return false;
    // Of each, name and value.
    for (let left = 2 * count; left > 0; left--) {
      const length = this.number();
      if (length < 0) return false;
      this.at += length;
    }
    return true;
  }

  /** Whether what follows are extents of data that cover so many bytes, all of them live. */
  passExtents(sizeBytes: number, isLive: (address: number, lengthBytes: number) => boolean): boolean {
    const count = this.number();
    if (count < 0 || count > inlineExtentsMax) return false;
    let left = sizeBytes;
    for (let index = 0; index < count; index++) {
      const kind = this.next();
      const lengthBytes = this.number();
      if (kind < 0 || kind >= kindsEnd || lengthBytes <= 0) return false;
      left -= lengthBytes;
      if (kind !== chunkKind) continue;
      this.at += chunkIdBytes;
      const address = this.number();
      if (address < 0 || this.number() !== lengthBytes || !isLive(address, lengthBytes)) return false;
    }
    return left === 0;
  }
}
