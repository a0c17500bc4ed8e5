import { lstatSync, mkdirSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import type { ArenaReader, Content, Entry } from "@casaforte/arena";
import { Failure, unreachable } from "@casaforte/kernel";
import { makeDevice, makeFifo } from "../posix.ts";
import { errnoOf, type OnNote, reasonOf } from "./note.ts";
import { Place } from "./place.ts";
import { applyAttributes } from "./write-attributes.ts";
import { FileWriter } from "./write-file.ts";

export interface WriteTreeOptions {
  readonly reader: ArenaReader;
  /** An existing directory, absolute, without a slash at its end. */
  readonly target: Buffer;
  /** Names from `/` down to what is wanted; null for all. */
  readonly only: readonly (readonly Buffer[])[] | null;
  /** Root alone may set owners and make devices. */
  readonly asRoot: boolean;
  readonly onNote: OnNote;
  readonly onProgress?: (figures: WriteFigures) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteFigures {
  entries: number;
  bytes: number;
}

/**
 * Writes a restore point's tree under the target. A file appears under its name only when all its bytes have been
 * checked and written; what is damaged is noted and left out, and the rest goes on.
 */
export async function writeTree(options: WriteTreeOptions): Promise<WriteFigures> {
  const restorer = new TreeWriter(options);
  await restorer.directory(new Place(options.target), options.reader.superblock.root, options.only);
  return restorer.figures;
}

class TreeWriter {
  readonly figures: WriteFigures = { entries: 0, bytes: 0 };
  readonly #options: WriteTreeOptions;
  readonly #files: FileWriter;

  constructor(options: WriteTreeOptions) {
    this.#options = options;
    this.#files = new FileWriter(options.reader, (bytes) => this.#progress(bytes));
  }

  async directory(place: Place, content: Content, only: WriteTreeOptions["only"]): Promise<void> {
    try {
      for await (const entry of this.#options.reader.entries(content)) {
        this.#options.signal?.throwIfAborted();
        const under = narrow(only, entry.name);
        if (under === undefined) continue;
        await this.#entry(place, entry, under);
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      const message = `the list of this directory is damaged: ${reasonOf(error)}`;
      this.#options.onNote({ level: "lost", code: "damaged", path: place.shown, message });
    }
  }

  async #entry(place: Place, entry: Entry, only: WriteTreeOptions["only"]): Promise<void> {
    const shown = place.childShown(entry.name);
    try {
      await this.#write(place, entry, only);
      this.figures.entries++;
      this.#progress(0);
    } catch (error) {
      if (isDamage(error)) {
        this.#options.onNote({ level: "lost", code: "damaged", path: shown, message: "its stored blocks are damaged" });
      } else if (isFileTrouble(error)) {
        this.#options.onNote({ level: "lost", code: "not_written", path: shown, message: reasonOf(error) });
      } else throw error;
    }
  }

  async #write(place: Place, entry: Entry, only: WriteTreeOptions["only"]): Promise<void> {
    const path = place.child(entry.name);
    const apply = () => applyAttributes({ entry, path, shown: place.childShown(entry.name) }, this.#options);
    switch (entry.type) {
      case "directory":
        makeDirectory(path);
        await this.#inside(place, entry, only);
        return apply();
      case "file":
        return this.#files.write({
          place,
          entry,
          apply: (temporary) =>
            applyAttributes({ entry, path: temporary, shown: place.childShown(entry.name) }, this.#options),
        });
      case "symlink":
        makeRoom(path);
        symlinkSync(Buffer.from(entry.target), path);
        return apply();
      case "fifo":
        makeRoom(path);
        makeFifo(path, 0o600);
        return apply();
      case "block_device":
      case "character_device":
        if (!this.#options.asRoot) {
          throw Object.assign(new Error("only root can make devices"), { code: "EPERM" });
        }
        makeRoom(path);
        makeDevice(path, entry.type === "block_device" ? "block" : "character", entry.major, entry.minor);
        return apply();
      default:
        unreachable(entry);
    }
  }

  async #inside(place: Place, entry: Extract<Entry, { type: "directory" }>, only: WriteTreeOptions["only"]) {
    const inside = place.enter(entry.name);
    try {
      await this.directory(inside, entry.content, only);
    } finally {
      inside.close();
    }
  }

  #progress(lengthBytes: number): void {
    this.figures.bytes += lengthBytes;
    this.#options.onProgress?.(this.figures);
  }
}

/** What remains wanted under a name: undefined for nothing, null for all. */
function narrow(only: WriteTreeOptions["only"], name: Uint8Array): WriteTreeOptions["only"] | undefined {
  if (only === null) return null;
  const under = only.filter((path) => path[0]?.equals(name));
  if (under.length === 0) return undefined;
  return under.some((path) => path.length === 1) ? null : under.map((path) => path.slice(1));
}

/** Closed to others until its attributes are set at the end. An existing directory is used; a link never followed. */
function makeDirectory(path: Buffer): void {
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    if (lstatSync(path).isDirectory()) return;
    unlinkSync(path);
    mkdirSync(path, 0o700);
  }
}

/** With --force a name may be taken by an older file. */
function makeRoom(path: Buffer): void {
  rmSync(path, { force: true });
}

/** Damage of stored bytes, as against trouble with the disk that is restored to. */
export const isDamage = (error: unknown): boolean => error instanceof Failure && error.kind === "corrupt";

/** Trouble with one name. A full disk is trouble with all of them. */
const isFileTrouble = (error: unknown): boolean =>
  !(error instanceof Failure) && /^E(?!RR_|NOSPC$|DQUOT$|ROFS$)[A-Z0-9]+$/.test(errnoOf(error));
