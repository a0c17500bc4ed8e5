import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { ArenaWriter, Content, ContentWriter } from "@casaforte/arena";
import { largeFileBytesMin } from "../limits.ts";
import { type RawPath, seekData, seekHole } from "../posix.ts";
import { errnoOf } from "./note.ts";
import { type EarlierContent, readChanged } from "./read-changed.ts";

export interface ReadFileInput {
  readonly path: RawPath;
  /** As the walk saw it: another file under the same name is refused. */
  readonly stats: BigIntStats;
  readonly writer: ArenaWriter;
  /** What the parent has of it, if it is large. */
  readonly earlier?: EarlierContent | undefined;
  /** Awaited after every slice, so that reading never runs ahead of sending. */
  readonly pace: (lengthBytes: number) => Promise<void> | undefined;
}

export interface FileContent {
  readonly content: Content;
  /** Of the file as it was opened. */
  readonly stats: BigIntStats;
  readonly changedWhileRead: boolean;
}

const sliceBytes = 0x10_0000;

/**
 * Reads a file into the arena, holes as holes. Reads as far as the file was long when it was opened: a log that grows
 * is saved up to there. @throws the system's error, `ESTALE` when the name now is something else.
 */
export async function readFileContent(input: ReadFileInput): Promise<FileContent> {
  const fd = openForBackup(input.path);
  try {
    const stats = fstatSync(fd, { bigint: true });
    if (stats.ino !== input.stats.ino || stats.dev !== input.stats.dev || !stats.isFile()) {
      throw Object.assign(new Error("the name was given to another file during the backup"), { code: "ESTALE" });
    }
    const size = Number(stats.size);
    const file = input.writer.file(size);
    // Fewer blocks than bytes: there may be holes. File systems that pack small files say so too, and have none.
    if (size > 0 && stats.blocks * 512n < stats.size) await readSparse(fd, size, file, input);
    else if (input.earlier !== undefined && size >= largeFileBytesMin)
      await readChanged({ fd, sizeBytes: size, file, earlier: input.earlier, pace: input.pace });
    else await readRange(fd, 0, size, file, input);
    const after = fstatSync(fd, { bigint: true });
    const changedWhileRead = after.mtimeNs !== stats.mtimeNs || after.size !== stats.size;
    return { content: file.end(), stats, changedWhileRead };
  } finally {
    closeSync(fd);
  }
}

/** Leaves the access time alone where the system allows it (owner or root), and never waits on a fifo. */
export function openForBackup(path: RawPath): number {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return openSync(path, flags | constants.O_NOATIME);
  } catch (error) {
    if (errnoOf(error) !== "EPERM") throw error;
    return openSync(path, flags);
  }
}

async function readSparse(fd: number, size: number, file: ContentWriter, input: ReadFileInput): Promise<void> {
  for (let at = 0; at < size; ) {
    const { start, end } = nextData(fd, at, size);
    if (start > at) file.hole(start - at);
    if (start === size) return;
    if (!(await readRange(fd, start, end, file, input))) return;
    at = end;
  }
}

/**
 * The next stretch of data in the first `size` bytes, empty at their end where there is none. A file that is cut at any
 * moment has nothing behind that place, neither data nor a hole.
 */
export function nextData(fd: number, at: number, size: number, seek = { seekData, seekHole }) {
  const within = (found: number) => (found < 0 ? size : Math.min(found, size));
  const start = within(seek.seekData(fd, at));
  return { start, end: start === size ? size : within(seek.seekHole(fd, start)) };
}

/** False when the file ended early: it was cut while we read. */
async function readRange(fd: number, start: number, end: number, file: ContentWriter, input: ReadFileInput) {
  for (let at = start; at < end; ) {
    const room = file.room();
    const count = readSync(fd, room, 0, Math.min(room.length, end - at, sliceBytes), at);
    if (count === 0) return false;
    file.wrote(count);
    at += count;
    const waiting = input.pace(count);
    if (waiting !== undefined) await waiting;
  }
  return true;
}
