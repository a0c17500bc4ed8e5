import {
  closeSync,
  constants,
  ftruncateSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import type { ArenaReader, Entry } from "@casaforte/arena";
import type { RawPath } from "../posix.ts";
import { errnoOf } from "./note.ts";
import type { Place } from "./place.ts";

type FileEntry = Extract<Entry, { type: "file" }>;

export interface WriteFileInput {
  readonly place: Place;
  readonly entry: FileEntry;
  readonly apply: (temporary: RawPath) => void;
}

/** Writes files under a temporary name and renames them when they are whole; joins names of one file. */
export class FileWriter {
  readonly #reader: ArenaReader;
  readonly #onBytes: (lengthBytes: number) => void;
  /** Link group → the path it was first restored at. */
  readonly #linked = new Map<string, RawPath>();
  #count = 0;

  constructor(reader: ArenaReader, onBytes: (lengthBytes: number) => void) {
    this.#reader = reader;
    this.#onBytes = onBytes;
  }

  /** @throws corrupt when a chunk is damaged, the system's error; then nothing is left behind. */
  async write({ place, entry, apply }: WriteFileInput): Promise<void> {
    const path = place.child(entry.name);
    const group = entry.linkGroup === null ? null : `${entry.linkGroup.device}:${entry.linkGroup.inode}`;
    const first = group === null ? undefined : this.#linked.get(group);
    if (first !== undefined && joined(first, path)) return;
    const temporary = place.child(Buffer.from(`.casaforte-${process.pid}-${this.#count++}.partial`));
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
    const fd = openSync(temporary, flags, 0o600);
    try {
      try {
        await this.#fill(fd, entry);
      } finally {
        closeSync(fd);
      }
      apply(temporary);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    if (group !== null && first === undefined) this.#linked.set(group, place.childShown(entry.name));
  }

  async #fill(fd: number, entry: FileEntry): Promise<void> {
    let end = 0;
    for await (const extent of this.#reader.extents(entry.content)) {
      if (extent.kind === "hole") continue;
      end = extent.offsetBytes + extent.lengthBytes;
      if (extent.kind === "chunk") {
        writeAll(fd, await this.#reader.chunk(extent.ref), extent.offsetBytes);
        this.#onBytes(extent.lengthBytes);
        continue;
      }
      for (let at = extent.offsetBytes; at < end; at += zeros.length) {
        writeAll(fd, zeros.subarray(0, end - at), at);
        this.#onBytes(Math.min(zeros.length, end - at));
      }
    }
    if (end < entry.content.sizeBytes) ftruncateSync(fd, entry.content.sizeBytes);
  }
}

const zeros = new Uint8Array(0x10_0000);

function writeAll(fd: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
  }
}

/** False when the file system cannot link these two names; then the content is written again. */
function joined(first: RawPath, path: RawPath): boolean {
  try {
    linkSync(first, path);
    return true;
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") return false;
  }
  try {
    unlinkSync(path);
    linkSync(first, path);
    return true;
  } catch {
    return false;
  }
}
