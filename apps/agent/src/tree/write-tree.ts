import { symlinkSync, unlinkSync } from "node:fs";
import type { ArenaReader, Content, Entry } from "@casaforte/arena";
import { Failure, unreachable } from "@casaforte/kernel";
import { makeDevice, makeFifo } from "../posix.ts";
import type { Decision } from "../restore/conflict.ts";
import { freeName } from "../restore/free-name.ts";
import type { Placed, Placement } from "../restore/placement.ts";
import type { Selection, Want } from "../select/selection.ts";
import { type FilePort, filesHere } from "./file-port.ts";
import { Level } from "./level.ts";
import { errnoOf, type OnNote, reasonOf } from "./note.ts";
import { Place } from "./place.ts";
import { type AttributeOptions, applyAttributes } from "./write-attributes.ts";
import { FileWriter } from "./write-file.ts";

export interface WriteTreeOptions {
  readonly reader: ArenaReader;
  /** Where files are written; in this thread when absent. */
  readonly port?: FilePort;
  /** An existing directory, absolute, without a slash at its end. */
  readonly target: Buffer;
  readonly selection: Selection;
  /** Where it goes on with an interrupted restore, files that were left half written are removed. */
  readonly placement: Placement;
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
  const top = Level.top(new Place(options.target), options.placement.resumes);
  try {
    await restorer.directory(top, options.reader.superblock.root, Buffer.alloc(0), options.selection.start);
  } finally {
    await restorer.drain();
  }
  restorer.throwIfStopped();
  return restorer.figures;
}

class TreeWriter {
  readonly figures: WriteFigures = { entries: 0, bytes: 0, overwritten: 0, kept: 0, renamed: 0, same: 0 };
  readonly #options: WriteTreeOptions;
  readonly #files: FileWriter;
  /** What ends the whole restore: a full disk, a vault out of reach, an interruption. */
  #stopped: { readonly error: unknown } | null = null;

  constructor(options: WriteTreeOptions) {
    const { reader, port = filesHere(reader), check, asRoot } = options;
    this.#options = options;
    this.#files = new FileWriter(reader, { port, check, asRoot, onBytes: (bytes) => this.#progress(bytes) });
  }

  /** Resolves when nothing is on its way to the disk any more. */
  drain(): Promise<void> {
    return this.#files.drain();
  }

  throwIfStopped(): void {
    if (this.#stopped !== null) throw this.#stopped.error;
  }

  async directory(level: Level, content: Content, path: Buffer, above: Want): Promise<void> {
    try {
      for await (const entry of this.#options.reader.entries(content)) {
        this.#options.signal?.throwIfAborted();
        this.throwIfStopped();
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
      this.#trouble(error, path);
      this.throwIfStopped();
    }
  }

  /** Notes what one name cost; anything else stops the restore. */
  #trouble(error: unknown, path: Buffer): void {
    const shown = this.#shown(path);
    if (error instanceof Failure && error.code === "agent.check") {
      this.#options.onNote({ level: "lost", code: "check", path: shown, message: error.message });
    } else if (isDamage(error)) {
      this.#options.onNote({ level: "lost", code: "damaged", path: shown, message: "its stored blocks are damaged" });
    } else if (isFileTrouble(error)) {
      this.#options.onNote({ level: "lost", code: "not_written", path: shown, message: reasonOf(error) });
    } else this.#stopped ??= { error };
  }

  async #directory(level: Level, entry: Extract<Entry, { type: "directory" }>, path: Buffer, want: Want) {
    const inside = Level.inside(level, entry.name);
    let isWalked = false;
    try {
      if (want === "all") {
        const { decision, name } = await this.#decide(level, entry);
        if (decision === "keep") return this.#keep(path);
        this.#count(decision);
        inside.name = decision === "rename" ? await this.#freeName(level, entry.name) : name;
        inside.open(decision === "overwrite");
        this.figures.entries++;
      }
      await this.directory(inside, entry.content, path, want);
      isWalked = true;
    } finally {
      inside.end(() => {
        // A directory that was there and only leads to what is wanted, or that is to be kept, stays as it is.
        const isReplaced = want === "all" && this.#options.placement.choice === "overwrite";
        const isOurs = inside.isFresh || inside.isUnfinished || isReplaced;
        if (!isWalked || !inside.isOpen || !isOurs) return;
        applyAttributes(entry, level.open().child(inside.name ?? entry.name), this.#attributes(path));
      });
    }
  }

  async #leaf(level: Level, entry: Exclude<Entry, { type: "directory" }>, path: Buffer): Promise<void> {
    const { decision, name: there } = await this.#decide(level, entry);
    if (decision === "keep") return this.#keep(path);
    const place = level.open();
    const count = () => {
      this.#count(decision);
      this.figures.entries++;
    };
    if (decision === "same") {
      if (entry.type === "file") this.#files.isThere(place, there, entry);
      applyAttributes(entry, place.child(there), this.#attributes(path));
      return count();
    }
    const name = decision === "rename" ? await this.#freeName(level, entry.name) : Buffer.from(entry.name);
    if (entry.type !== "file") {
      this.#make(place.child(name), entry, path);
      return count();
    }
    level.enter();
    await this.#files.write({
      place,
      name,
      entry,
      onRefused: this.#attributes(path).onRefused,
      onSettled: (error) => {
        if (error === null) count();
        else this.#trouble(error, path);
        level.leave();
      },
    });
  }

  /** Names on their way may be taken in a moment. */
  async #freeName(level: Level, name: Uint8Array): Promise<Buffer> {
    await this.#files.drain();
    return freeName(level.open(), name);
  }

  async #decide(level: Level, entry: Entry): Promise<Placed> {
    const place = level.open();
    return level.isFresh
      ? { decision: "create", name: entry.name }
      : this.#options.placement.decide(entry, place.child(entry.name));
  }

  /** A name that has no content. */
  #make(path: Buffer, entry: Exclude<Entry, { type: "directory" | "file" }>, inside: Buffer): void {
    switch (entry.type) {
      case "symlink":
        makeRoom(path);
        symlinkSync(Buffer.from(entry.target), path);
        break;
      case "fifo":
        makeRoom(path);
        makeFifo(path, 0o600);
        break;
      case "block_device":
      case "character_device":
        if (!this.#options.asRoot) {
          throw Object.assign(new Error("only root can make devices"), { code: "EPERM" });
        }
        makeRoom(path);
        makeDevice(path, entry.type === "block_device" ? "block" : "character", entry.major, entry.minor);
        break;
      default:
        unreachable(entry);
    }
    applyAttributes(entry, path, this.#attributes(inside));
  }

  #attributes(inside: Buffer): AttributeOptions {
    const { asRoot, onNote } = this.#options;
    return {
      asRoot,
      onRefused: (message) => onNote({ level: "lost", code: "attribute", path: this.#shown(inside), message }),
    };
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

/** A name may be taken by an older file that is to be replaced. A directory is not. */
function makeRoom(path: Buffer): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** Damage of stored bytes, as against trouble with the disk that is restored to. */
export const isDamage = (error: unknown): boolean => error instanceof Failure && error.kind === "corrupt";

/** Trouble with one name. A full disk is trouble with all of them. */
const isFileTrouble = (error: unknown): boolean =>
  !(error instanceof Failure) && /^E(?!RR_|NOSPC$|DQUOT$|ROFS$)[A-Z0-9]+$/.test(errnoOf(error));
