import { constants } from "node:fs";
import { open, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type Koffi from "koffi";

/**
 * Reading and writing past the system's page cache (`O_DIRECT`). What a backup sends is hardly read again soon: in the
 * cache it costs a copy and fresh pages, and drives out what the database and the mail need. Place, length and memory
 * must be multiples of a disk's block; 4 KiB is one of every disk.
 */
export const directAlignBytes = 4096;

/** Not there on other systems: then nothing goes past the cache. */
const directFlag: number | undefined = constants.O_DIRECT;

export const directWriteFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (directFlag ?? 0);
export const directReadFlags = constants.O_RDONLY | (directFlag ?? 0);

export const alignUp = (bytes: number): number => Math.ceil(bytes / directAlignBytes) * directAlignBytes;

let found: ((bytes: Uint8Array) => bigint) | null | undefined;

function addressOf(): ((bytes: Uint8Array) => bigint) | null {
  if (found === undefined) found = findAddress();
  return found;
}

function findAddress(): ((bytes: Uint8Array) => bigint) | null {
  try {
    const koffi = createRequire(import.meta.url)("koffi") as typeof Koffi;
    return (bytes) => BigInt(koffi.address(bytes));
  } catch {
    return null;
  }
}

/** Memory with anything in it that begins where a disk may write to; anywhere, if addresses cannot be had. */
export function alignedRoom(bytes: number): Buffer<ArrayBuffer> {
  const address = addressOf();
  if (address === null) return Buffer.allocUnsafeSlow(bytes);
  const room = Buffer.allocUnsafeSlow(bytes + directAlignBytes);
  const over = Number(address(room) % BigInt(directAlignBytes));
  const start = over === 0 ? 0 : directAlignBytes - over;
  return room.subarray(start, start + bytes);
}

/** Whether files of a directory can be written and read so: some file systems refuse, some only when it comes to it. */
export async function canGoDirect(directory: string): Promise<boolean> {
  if (directFlag === undefined || addressOf() === null) return false;
  const path = join(directory, `direct-${process.pid}-${process.hrtime.bigint()}`);
  const room = alignedRoom(directAlignBytes);
  try {
    const written = await open(path, directWriteFlags, 0o600);
    try {
      if ((await written.write(room, 0, room.length, 0)).bytesWritten !== room.length) return false;
    } finally {
      await written.close();
    }
    const read = await open(path, directReadFlags);
    try {
      return (await read.read(room, 0, room.length, 0)).bytesRead === room.length;
    } finally {
      await read.close();
    }
  } catch {
    return false;
  } finally {
    await rm(path, { force: true }).catch(() => {});
  }
}
