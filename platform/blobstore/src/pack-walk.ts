import type { Stats } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { assert } from "@casaforte/kernel";
import {
  gapHead,
  type RecordHead,
  readGap,
  readHead,
  recordAlignment,
  recordBytes,
  recordHeaderBytes,
} from "./pack-layout.ts";
import { writeAll } from "./write-all.ts";

const windowBytes = 256 * 1024;

export interface PackEntry {
  readonly offset: number;
  readonly lengthBytes: number;
  /** Null for what is no record: a gap, or what a crash left between records. */
  readonly head: RecordHead | null;
}

/**
 * Every record in order. After a crash a record may be torn while a later one is whole, since they were written side by
 * side: what does not look like a record is passed over in steps of the alignment. Bytes of a torn record that look like
 * a header by chance only make a blob that nobody names.
 */
export async function* walkPack(file: FileHandle): AsyncGenerator<PackEntry> {
  const { size } = await file.stat();
  const window = Buffer.allocUnsafe(windowBytes);
  let windowAt = 0;
  let filled = 0;
  let torn = -1;
  for (let offset = 0; offset < size; ) {
    if (offset < windowAt || offset + recordHeaderBytes > windowAt + filled) {
      windowAt = offset;
      ({ bytesRead: filled } = await file.read(window, 0, windowBytes, offset));
      if (filled === 0) break;
    }
    const bytes = window.subarray(offset - windowAt, Math.min(filled, offset - windowAt + recordHeaderBytes));
    const head = readHead(bytes);
    const gapBytes = head ? 0 : readGap(bytes);
    const lengthBytes = head ? recordBytes(head.sizeBytes) : gapBytes;
    const isWhole =
      lengthBytes > 0 && lengthBytes % recordAlignment === 0 && offset + lengthBytes <= size + recordAlignment;
    if (!isWhole) {
      if (torn < 0) torn = offset;
      offset += recordAlignment;
      continue;
    }
    if (torn >= 0) yield { offset: torn, lengthBytes: offset - torn, head: null };
    torn = -1;
    yield { offset, lengthBytes, head };
    offset += lengthBytes;
  }
  if (torn >= 0) yield { offset: torn, lengthBytes: size - torn, head: null };
}

/**
 * Copies the kept records of a pack to a new file, each to the offset where it was, leaves holes where deleted ones were, and
 * sets it in the pack's place: ids stay true, the file system gets the room back. Null when it is not worth while yet, or when
 * another process is at it. An empty pack is left to be removed. @throws the system's error; then no copy stays.
 */
export async function rewriteSparse(
  path: string,
  worth: { readonly deletedShare: number; readonly deletedBytesMin: number },
): Promise<{ readonly freedBytes: number; readonly isEmpty: boolean } | null> {
  const file = await open(path, "r");
  try {
    const kept: PackEntry[] = [];
    let deleted = 0;
    let gaps = 0;
    for await (const entry of walkPack(file)) {
      if (entry.head?.kept) kept.push(entry);
      else if (entry.head) deleted += entry.lengthBytes;
      else gaps += entry.lengthBytes;
    }
    if (kept.length === 0) return { freedBytes: deleted, isEmpty: true };
    const read = await file.stat();
    const { size } = read;
    if (deleted < worth.deletedBytesMin || deleted < worth.deletedShare * (size - gaps)) return null;
    const written = await copyKept(file, `${path}.new`, kept, size);
    // Whoever was held up for long may find another's copy under that name, or the pack copied already.
    if (written === null || !(await isStill(`${path}.new`, written)) || !(await isStill(path, read))) return null;
    await rename(`${path}.new`, path);
    return { freedBytes: deleted, isEmpty: false };
  } finally {
    await file.close();
  }
}

async function isStill(path: string, known: Stats): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && found.ino === known.ino && found.dev === known.dev;
}

/** Null when somebody else has begun that copy. */
async function copyKept(
  from: FileHandle,
  path: string,
  kept: readonly PackEntry[],
  size: number,
): Promise<Stats | null> {
  const to = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") return null;
    throw error;
  });
  if (to === null) return null;
  try {
    await to.truncate(size);
    let end = 0;
    for (const { offset, lengthBytes } of kept) {
      if (offset > end) await writeAll(to, [gapHead(offset - end)], end);
      const bytes = Buffer.alloc(Math.min(lengthBytes, size - offset));
      const { bytesRead } = await from.read(bytes, 0, bytes.length, offset);
      assert(bytesRead === bytes.length, "a pack that lies still keeps its length");
      await writeAll(to, [bytes], offset);
      end = offset + lengthBytes;
    }
    if (size - end >= 20)
      await writeAll(to, [gapHead(Math.ceil((size - end) / recordAlignment) * recordAlignment)], end);
    await to.sync();
    return await to.stat();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await to.close();
  }
}
