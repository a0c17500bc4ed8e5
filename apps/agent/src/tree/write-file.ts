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
import { Failure } from "@casaforte/kernel";
import type { RawPath } from "../posix.ts";
import { hasContent } from "../restore/same-content.ts";
import { errnoOf } from "./note.ts";
import type { Place } from "./place.ts";

type FileEntry = Extract<Entry, { type: "file" }>;

export interface WriteFileInput {
  readonly place: Place;
  /** The entry's own name, or another when that is taken. */
  readonly name: Buffer;
  readonly entry: FileEntry;
  readonly apply: (temporary: RawPath) => void;
}

export interface FileWriterOptions {
  /** Read every file back and compare it before it gets its name. */
  readonly check: boolean;
  readonly onBytes: (lengthBytes: number) => void;
}

/** The name of a file that is still being written, of any process. */
export const isPartialName = (name: Buffer): boolean => /^\.casaforte-\d+-\d+\.partial$/.test(name.toString("latin1"));

const groupOf = ({ linkGroup }: FileEntry): string | null =>
  linkGroup === null ? null : `${linkGroup.device}:${linkGroup.inode}`;

/** Writes files under a temporary name and renames them when they are whole; joins names of one file. */
export class FileWriter {
  readonly #reader: ArenaReader;
  readonly #options: FileWriterOptions;
  /** Link group → the path it was first restored at. */
  readonly #linked = new Map<string, RawPath>();
  #count = 0;

  constructor(reader: ArenaReader, options: FileWriterOptions) {
    this.#reader = reader;
    this.#options = options;
  }

  /** A file that lies there already as the point has it: its other names are joined to it. */
  isThere(place: Place, entry: FileEntry): void {
    const group = groupOf(entry);
    if (group !== null && !this.#linked.has(group)) this.#linked.set(group, place.childShown(entry.name));
  }

  /** @throws corrupt when a chunk is damaged, the system's error; then nothing is left behind. */
  async write({ place, name, entry, apply }: WriteFileInput): Promise<void> {
    const path = place.child(name);
    const group = groupOf(entry);
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
      if (this.#options.check && !(await hasContent(this.#reader, entry.content, temporary))) {
        throw new Failure("unavailable", "agent.check", "what was written reads back differently: the disk is bad");
      }
      apply(temporary);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    if (group !== null && first === undefined) this.#linked.set(group, place.childShown(name));
  }

  async #fill(fd: number, entry: FileEntry): Promise<void> {
    let end = 0;
    for await (const extent of this.#reader.extents(entry.content)) {
      if (extent.kind === "hole") continue;
      end = extent.offsetBytes + extent.lengthBytes;
      if (extent.kind === "chunk") {
        writeAll(fd, await this.#reader.chunk(extent.ref), extent.offsetBytes);
        this.#options.onBytes(extent.lengthBytes);
        continue;
      }
      for (let at = extent.offsetBytes; at < end; at += zeros.length) {
        writeAll(fd, zeros.subarray(0, end - at), at);
        this.#options.onBytes(Math.min(zeros.length, end - at));
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
