import { lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import type { ArenaReader, Content, Entry } from "@casaforte/arena";
import { assert, Failure, unreachable } from "@casaforte/kernel";
import { makeDevice, makeFifo } from "../posix.ts";
import type { Decision } from "../restore/conflict.ts";
import { freeName } from "../restore/free-name.ts";
import type { Placement } from "../restore/placement.ts";
import type { Selection, Want } from "../select/selection.ts";
import { errnoOf, type OnNote, reasonOf } from "./note.ts";
import { Place } from "./place.ts";
import { applyAttributes } from "./write-attributes.ts";
import { FileWriter, isPartialName } from "./write-file.ts";

export interface WriteTreeOptions {
  readonly reader: ArenaReader;
  /** An existing directory, absolute, without a slash at its end. */
  readonly target: Buffer;
  readonly selection: Selection;
  readonly placement: Placement;
  /** The target goes on with an interrupted restore: files it left half written are removed. */
  readonly resumes: boolean;
  /** Every file is read back and compared before it gets its name. */
  readonly check: boolean;
  /** Root alone may set owners and make devices. */
  readonly asRoot: boolean;
  readonly onNote: OnNote;
  readonly onProgress?: (figures: WriteFigures) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteFigures {
  /** Written, or there already as the point has it. */
  entries: number;
  bytes: number;
  overwritten: number;
  kept: number;
  renamed: number;
  same: number;
}

/**
 * Writes a restore point's tree under the target. A file appears under its name only when all its bytes have been
 * checked and written; what is damaged is noted and left out, and the rest goes on.
 */
export async function writeTree(options: WriteTreeOptions): Promise<WriteFigures> {
  const restorer = new TreeWriter(options);
  const top = new Level(null, null, new Place(options.target));
  await restorer.directory(top, options.reader.superblock.root, Buffer.alloc(0), options.selection.start);
  return restorer.figures;
}

/** A directory of the point while it is restored; made on the disk when the first wanted name in it is. */
class Level {
  readonly above: Level | null;
  /** Its own name, or another when that is taken by a file that is to stay. */
  name: Uint8Array | null;
  /** True when nothing of an older time can be in it. */
  isFresh: boolean;
  #place: Place | null;

  constructor(above: Level | null, name: Uint8Array | null, place: Place | null) {
    this.above = above;
    this.name = name;
    this.#place = place;
    this.isFresh = false;
  }

  get isOpen(): boolean {
    return this.#place !== null;
  }

  /** @throws the system's error. */
  open(): Place {
    if (this.#place !== null) return this.#place;
    assert(this.above !== null && this.name !== null, "the top of a restore is open from the start");
    const above = this.above.open();
    this.isFresh = makeDirectory(above.child(this.name));
    this.#place = above.enter(this.name);
    return this.#place;
  }

  close(): void {
    if (this.above !== null) this.#place?.close();
  }
}

class TreeWriter {
  readonly figures: WriteFigures = { entries: 0, bytes: 0, overwritten: 0, kept: 0, renamed: 0, same: 0 };
  readonly #options: WriteTreeOptions;
  readonly #files: FileWriter;

  constructor(options: WriteTreeOptions) {
    this.#options = options;
    this.#files = new FileWriter(options.reader, { check: options.check, onBytes: (bytes) => this.#progress(bytes) });
  }

  async directory(level: Level, content: Content, path: Buffer, above: Want): Promise<void> {
    try {
      for await (const entry of this.#options.reader.entries(content)) {
        this.#options.signal?.throwIfAborted();
        const inside = Buffer.concat([path, slash, entry.name]);
        const want = this.#options.selection.of(inside, entry.type === "directory", above);
        if (want !== "none") await this.#entry(level, entry, inside, want);
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      const message = `the list of this directory is damaged: ${reasonOf(error)}`;
      this.#options.onNote({ level: "lost", code: "damaged", path: this.#shown(path), message });
    }
  }

  async #entry(level: Level, entry: Entry, path: Buffer, want: Want): Promise<void> {
    try {
      if (entry.type === "directory") await this.#directory(level, entry, path, want);
      else await this.#leaf(level, entry, path);
      this.#progress(0);
    } catch (error) {
      const shown = this.#shown(path);
      if (error instanceof Failure && error.code === "agent.check") {
        this.#options.onNote({ level: "lost", code: "check", path: shown, message: error.message });
      } else if (isDamage(error)) {
        this.#options.onNote({ level: "lost", code: "damaged", path: shown, message: "its stored blocks are damaged" });
      } else if (isFileTrouble(error)) {
        this.#options.onNote({ level: "lost", code: "not_written", path: shown, message: reasonOf(error) });
      } else throw error;
    }
  }

  async #directory(level: Level, entry: Extract<Entry, { type: "directory" }>, path: Buffer, want: Want) {
    const inside = new Level(level, entry.name, null);
    if (want === "all") {
      const decision = await this.#decide(level, entry);
      if (decision === "keep") return this.#keep(path);
      this.#count(decision);
      if (decision === "rename") inside.name = freeName(level.open(), entry.name);
      inside.open();
      if (this.#options.resumes && !inside.isFresh) removePartial(inside.open());
      this.figures.entries++;
    }
    try {
      await this.directory(inside, entry.content, path, want);
    } finally {
      inside.close();
    }
    // A directory that was there and only leads to what is wanted, or that is to be kept, stays as it is.
    const isOurs = inside.isFresh || (want === "all" && this.#options.placement.choice === "overwrite");
    if (inside.isOpen && isOurs) this.#apply(entry, level.open().child(inside.name ?? entry.name), path);
  }

  async #leaf(level: Level, entry: Exclude<Entry, { type: "directory" }>, path: Buffer): Promise<void> {
    const decision = await this.#decide(level, entry);
    if (decision === "keep") return this.#keep(path);
    const place = level.open();
    if (decision === "same") {
      if (entry.type === "file") this.#files.isThere(place, entry);
      this.#apply(entry, place.child(entry.name), path);
    } else {
      const name = decision === "rename" ? freeName(place, entry.name) : Buffer.from(entry.name);
      await this.#write(place, name, entry, path);
    }
    this.#count(decision);
    this.figures.entries++;
  }

  async #decide(level: Level, entry: Entry): Promise<Decision> {
    const place = level.open();
    return level.isFresh ? "create" : this.#options.placement.decide(entry, place.child(entry.name));
  }

  async #write(
    place: Place,
    name: Buffer,
    entry: Exclude<Entry, { type: "directory" }>,
    inside: Buffer,
  ): Promise<void> {
    const path = place.child(name);
    const apply = () => this.#apply(entry, path, inside);
    switch (entry.type) {
      case "file":
        return this.#files.write({
          place,
          name,
          entry,
          apply: (temporary) => this.#apply(entry, temporary, inside),
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

  #apply(entry: Entry, path: Buffer, inside: Buffer): void {
    applyAttributes({ entry, path, shown: this.#shown(inside) }, this.#options);
  }

  #keep(path: Buffer): void {
    this.figures.kept++;
    const message = "kept: there is something of this name already";
    this.#options.onNote({ level: "told", code: "kept", path: this.#shown(path), message });
  }

  #count(decision: Decision): void {
    if (decision === "overwrite") this.figures.overwritten++;
    if (decision === "rename") this.figures.renamed++;
    if (decision === "same") this.figures.same++;
  }

  #shown(path: Buffer): Buffer {
    const { target } = this.#options;
    return target.length === 1 ? path : Buffer.concat([target, path]);
  }

  #progress(lengthBytes: number): void {
    this.figures.bytes += lengthBytes;
    this.#options.onProgress?.(this.figures);
  }
}

const slash = Buffer.from("/");

/** Closed to others until its attributes are set at the end. True when it was made; a link is never followed. */
function makeDirectory(path: Buffer): boolean {
  try {
    mkdirSync(path, 0o700);
    return true;
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    if (lstatSync(path).isDirectory()) return false;
    unlinkSync(path);
    mkdirSync(path, 0o700);
    return true;
  }
}

/** A name may be taken by an older file that is to be replaced. */
function makeRoom(path: Buffer): void {
  rmSync(path, { force: true });
}

function removePartial(place: Place): void {
  for (const name of readdirSync(place.path, { encoding: "buffer" })) {
    if (isPartialName(name)) rmSync(place.child(name), { force: true });
  }
}

/** Damage of stored bytes, as against trouble with the disk that is restored to. */
export const isDamage = (error: unknown): boolean => error instanceof Failure && error.kind === "corrupt";

/** Trouble with one name. A full disk is trouble with all of them. */
const isFileTrouble = (error: unknown): boolean =>
  !(error instanceof Failure) && /^E(?!RR_|NOSPC$|DQUOT$|ROFS$)[A-Z0-9]+$/.test(errnoOf(error));
