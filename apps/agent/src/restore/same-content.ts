import { closeSync, constants, openSync, readSync } from "node:fs";
import type { ArenaReader, Content } from "@casaforte/arena";
import { equalBytes } from "@casaforte/kernel";
import { chunkHash } from "../chain/chunk-hash.ts";
import type { RawPath } from "../posix.ts";

const sliceBytes = 0x10_0000;

/**
 * Whether a file on the disk has exactly the content that the point has, told from its chunks' keyed hashes: only the
 * catalogue is fetched, none of the data. False as well when the file cannot be read. @throws corrupt for a damaged catalogue.
 */
export async function hasContent(reader: ArenaReader, content: Content, path: RawPath): Promise<boolean> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return false;
  }
  try {
    let end = 0;
    for await (const extent of reader.extents(content)) {
      end = extent.offsetBytes + extent.lengthBytes;
      if (extent.kind === "chunk") {
        const bytes = Buffer.allocUnsafe(extent.lengthBytes);
        if (!readWhole(fd, bytes, extent.offsetBytes)) return false;
        if (!equalBytes(chunkHash(reader.superblock.chunkKey, bytes), extent.ref.id)) return false;
      } else if (!isZero(fd, extent.offsetBytes, end)) return false;
    }
    return readSync(fd, Buffer.alloc(1), 0, 1, end) === 0;
  } catch (error) {
    // A disk that cannot read it back does not have it.
    if (error instanceof Error && "errno" in error) return false;
    throw error;
  } finally {
    closeSync(fd);
  }
}

function readWhole(fd: number, bytes: Buffer, offset: number): boolean {
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(fd, bytes, done, bytes.length - done, offset + done);
    if (count === 0) return false;
    done += count;
  }
  return true;
}

const zeros = Buffer.alloc(sliceBytes);

function isZero(fd: number, start: number, end: number): boolean {
  const slice = Buffer.allocUnsafe(Math.min(sliceBytes, end - start));
  for (let at = start; at < end; at += slice.length) {
    const wanted = slice.subarray(0, Math.min(slice.length, end - at));
    if (!readWhole(fd, wanted, at) || !wanted.equals(zeros.subarray(0, wanted.length))) return false;
  }
  return true;
}
