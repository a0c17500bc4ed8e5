import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from "node:fs";
import {
  type ArenaWriter,
  type Content,
  compareNames,
  type Entry,
  type EntryAttributes,
  emptyContent,
  isEntryName,
  type StoredEntry,
} from "@casaforte/arena";
import { type Clock, Failure } from "@casaforte/kernel";
import { splitDevice } from "../posix.ts";
import { errnoOf, type OnNote, reasonOf } from "./note.ts";
import { Owners } from "./owners.ts";
import { isContentLive, ParentEntries, type ParentPoint } from "./parent-entries.ts";
import { Place } from "./place.ts";
import { pseudoFileSystem } from "./pseudo-file-systems.ts";
import { isSameInode, readAttributes } from "./read-attributes.ts";
import { readFileContent } from "./read-file.ts";
import type { RootNode } from "./roots.ts";
import type { ScanFilter } from "./scan-filter.ts";

export interface ScanOptions {
  readonly writer: ArenaWriter;
  readonly roots: RootNode;
  readonly parent: ParentPoint | null;
  /** What changed a moment before it was looked at may change again unseen: such entries are read again by the next run. */
  readonly clock: Pick<Clock, "nowMs">;
  readonly onNote: OnNote;
  /** Called after every entry and every slice of a file; a promise makes the scan wait. */
  readonly pace: (lengthBytes: number) => Promise<void> | undefined;
  readonly onProgress?: (progress: ScanFigures) => void;
  readonly signal?: AbortSignal | undefined;
  /** Directories that are left out: the agent's own state. */
  readonly skip?: readonly string[];
  /** Rules about what is left out; all is kept when absent. */
  readonly filter?: ScanFilter | undefined;
}

export interface ScanFigures {
  entries: number;
  files: number;
  /** Sum of file sizes, holes included. */
  logicalBytes: number;
  /** Read from the disk. */
  readBytes: number;
  /** Taken over from the parent point without reading. */
  unchangedFiles: number;
  /** Names left out by rule; what lies in a directory that was left out is not counted. */
  excluded: number;
}

export const noFigures = (): ScanFigures => ({
  entries: 0,
  files: 0,
  logicalBytes: 0,
  readBytes: 0,
  unchangedFiles: 0,
  excluded: 0,
});

/** Writes the chosen trees into the arena. Troubles with single names are notes; they never end the scan. */
export async function scan(options: ScanOptions): Promise<{ readonly root: Content; readonly figures: ScanFigures }> {
  const scanner = new Scanner(options);
  const root = await scanner.run();
  return { root, figures: scanner.figures };
}

interface Found {
  readonly name: Buffer;
  readonly place: Place;
  readonly stats: BigIntStats;
  /** The time just before `stats` were asked. */
  readonly seenMs: number;
  readonly before: StoredEntry | undefined;
}

/** What stands in the point under a name; null for nothing. */
type Named = Entry | StoredEntry | null;

/** How the directory above bears on an entry. */
interface Under {
  /** The file system of the directory above. */
  readonly device: bigint;
  /** The entry is kept, what is in it is not. */
  readonly isEmptied: boolean;
}

class Scanner {
  readonly figures = noFigures();
  readonly #options: ScanOptions;
  readonly #owners = new Owners();
  readonly #skip: ReadonlySet<string>;
  readonly #filter: ScanFilter | undefined;
  /** Files with several names, until the last of them was seen. */
  readonly #linked = new Map<string, { content: Content; left: bigint }>();

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#skip = new Set(options.skip);
    this.#filter = options.filter?.keepsAll === false ? options.filter : undefined;
  }

  async run(): Promise<Content> {
    const { roots, parent } = this.#options;
    const place = new Place(Buffer.from("/"), roots.reach);
    const stats = lstatSync(place.path, { bigint: true });
    return this.#directory(place, roots.whole ? null : roots, stats.dev, parent?.reader.superblock.root);
  }

  /** `only` limits a directory above the roots to what leads to them. */
  async #directory(place: Place, only: RootNode | null, device: bigint, before: Content | undefined): Promise<Content> {
    const writer = this.#options.writer.directory();
    const { parent } = this.#options;
    const entries = parent !== null && before !== undefined ? new ParentEntries(parent.reader, before) : null;
    try {
      for (const name of namesIn(place, only)) {
        this.#options.signal?.throwIfAborted();
        const named = this.#named(place, name, only, device, entries);
        // Of most entries of an unchanged tree everything is known at once: no turn of the queue for each.
        const entry = named instanceof Promise ? await named : named;
        if (entry === null) continue;
        if ("bytes" in entry) writer.addStored(entry);
        else writer.add(entry);
        this.figures.entries++;
        const waiting = this.#step(0);
        if (waiting !== undefined) await waiting;
      }
    } finally {
      await entries?.close();
    }
    return writer.end();
  }

  #named(
    place: Place,
    name: Buffer,
    only: RootNode | null,
    device: bigint,
    entries: ParentEntries | null,
  ): Named | Promise<Named> {
    const supply = only?.children.get(name.toString("latin1"))?.supply ?? null;
    if (supply !== null) return this.#supplied(name, supply);
    const seenMs = this.#options.clock.nowMs();
    const stats = this.#look(place, name);
    if (stats === null) return null;
    const fate = only === null ? this.#fateOf(place, name, stats, device) : "keep";
    if (fate === "leave_out") {
      this.figures.excluded++;
      return null;
    }
    const known = entries?.find(name);
    const judged = (before: StoredEntry | undefined): Named | Promise<Named> => {
      const found = { name, place, stats, seenMs, before };
      return this.#takenOver(found) ?? this.#entry(found, only, { device, isEmptied: fate === "empty" });
    };
    return known instanceof Promise ? known.then(judged) : judged(known);
  }

  /** A file that the parent has just so, byte for byte of its entry; what lies deeper than that is looked at one by one. */
  #takenOver({ stats, before }: Found): StoredEntry | null {
    const { parent } = this.#options;
    if (parent === null || before === undefined || !stats.isFile() || stats.nlink !== 1n) return null;
    const { entry } = before;
    if (entry.type !== "file" || entry.linkGroup !== null || entry.accessedNs !== stats.atimeNs) return null;
    if (!isUnchanged(entry, stats) || !isSameInode(entry, stats, this.#owners)) return null;
    if (entry.content.depth > 0 || isContentLive(parent, entry.content) !== true) return null;
    this.figures.unchangedFiles++;
    this.figures.files++;
    this.figures.logicalBytes += entry.content.sizeBytes;
    return before;
  }

  async #supplied(name: Buffer, supply: NonNullable<RootNode["supply"]>): Promise<Entry> {
    const { writer, onNote, signal, parent } = this.#options;
    await parent?.readIndex();
    const entry = await supply({ name, writer, onNote, signal, step: (bytes) => this.#step(bytes) });
    if (entry.type === "file") {
      this.figures.files++;
      this.figures.logicalBytes += entry.content.sizeBytes;
    }
    return entry;
  }

  #fateOf(place: Place, name: Buffer, stats: BigIntStats, device: bigint) {
    const filter = this.#filter;
    if (filter === undefined) return "keep";
    const isDirectory = stats.isDirectory();
    const isOtherFileSystem = isDirectory && stats.dev !== device;
    return filter.fateOf({ shown: place.childShown(name), path: place.child(name), isDirectory, isOtherFileSystem });
  }

  #look(place: Place, name: Buffer): BigIntStats | null {
    try {
      return lstatSync(place.child(name), { bigint: true });
    } catch (error) {
      this.#trouble(place, name, error);
      return null;
    }
  }

  async #entry(found: Found, only: RootNode | null, under: Under): Promise<Entry | null> {
    const { place, name, stats, seenMs } = found;
    const shown = place.childShown(name);
    try {
      if (stats.isSocket()) {
        this.#options.onNote({ level: "told", code: "socket", path: shown, message: "sockets are not backed up" });
        return null;
      }
      const before = found.before?.entry;
      const at = (): EntryAttributes =>
        before !== undefined && isSameInode(before, stats, this.#owners)
          ? { ...attributesOf(before), accessedNs: stats.atimeNs }
          : readAttributes({ name, path: place.child(name), shown, stats, seenMs }, this.#owners, this.#options.onNote);
      if (stats.isFile()) return await this.#file(found, at);
      if (stats.isSymbolicLink()) {
        return { ...at(), type: "symlink", target: readlinkSync(place.child(name), { encoding: "buffer" }) };
      }
      if (stats.isDirectory()) return await this.#subdirectory(found, at, only, under);
      if (stats.isFIFO()) return { ...at(), type: "fifo" };
      return { ...at(), type: stats.isBlockDevice() ? "block_device" : "character_device", ...splitDevice(stats.rdev) };
    } catch (error) {
      if (!isFileTrouble(error)) throw error;
      this.#trouble(place, name, error);
      return null;
    }
  }

  async #subdirectory(found: Found, at: () => EntryAttributes, only: RootNode | null, under: Under): Promise<Entry> {
    const { place, name, stats, before } = found;
    const { device, isEmptied } = under;
    const attributes = at();
    if (isEmptied) {
      this.figures.excluded++;
      return { ...attributes, type: "directory", content: emptyContent };
    }
    const next = only?.children.get(name.toString("latin1")) ?? null;
    const shown = place.childShown(name);
    const pseudo = stats.dev === device ? null : pseudoFileSystem(place.child(name));
    if (pseudo !== null || this.#skip.has(shown.toString("utf8"))) {
      const message = pseudo === null ? "the agent's own state" : `a ${pseudo} file system has no files to keep`;
      this.#options.onNote({ level: "told", code: "skipped", path: shown, message });
      return { ...attributes, type: "directory", content: emptyContent };
    }
    const inside = next?.reach ? new Place(shown, next.reach) : place.enter(name);
    try {
      const earlier = before?.entry.type === "directory" ? before.entry.content : undefined;
      const ownDevice = next?.reach ? lstatSync(inside.path, { bigint: true }).dev : stats.dev;
      const content = await this.#directory(inside, next === null || next.whole ? null : next, ownDevice, earlier);
      return { ...attributes, type: "directory", content };
    } finally {
      inside.close();
    }
  }

  async #file(found: Found, at: () => EntryAttributes): Promise<Entry> {
    const { stats } = found;
    const linkGroup = stats.nlink > 1n ? { device: stats.dev, inode: stats.ino } : null;
    const key = `${stats.dev}:${stats.ino}`;
    const seen = linkGroup === null ? undefined : this.#linked.get(key);
    if (seen !== undefined) {
      seen.left--;
      if (seen.left === 0n) this.#linked.delete(key);
      return { ...at(), type: "file", linkGroup, content: seen.content };
    }
    const { content, modifiedNs } = await this.#content(found);
    if (linkGroup !== null) this.#linked.set(key, { content, left: stats.nlink - 1n });
    this.figures.files++;
    this.figures.logicalBytes += content.sizeBytes;
    return { ...at(), type: "file", linkGroup, content, modifiedNs };
  }

  async #content(found: Found): Promise<{ content: Content; modifiedNs: bigint }> {
    const { place, name, stats, before } = found;
    const { parent, writer } = this.#options;
    const entry = before?.entry;
    if (parent !== null && entry !== undefined && isUnchanged(entry, stats)) {
      if (await isContentLive(parent, entry.content)) {
        this.figures.unchangedFiles++;
        return { content: entry.content, modifiedNs: stats.mtimeNs };
      }
    }
    if (stats.size === 0n) return { content: emptyContent, modifiedNs: stats.mtimeNs };
    if (parent !== null) await parent.readIndex();
    const path = place.child(name);
    const read = await readFileContent({ path, stats, writer, pace: (bytes) => this.#step(bytes) });
    if (read.changedWhileRead) {
      const message = "changed while it was read: saved as it was found then";
      this.#options.onNote({ level: "told", code: "changed_while_read", path: place.childShown(name), message });
    }
    return { content: read.content, modifiedNs: read.stats.mtimeNs };
  }

  #step(lengthBytes: number): Promise<void> | undefined {
    this.figures.readBytes += lengthBytes;
    this.#options.onProgress?.(this.figures);
    return this.#options.pace(lengthBytes);
  }

  #trouble(place: Place, name: Buffer, error: unknown): void {
    const path = place.childShown(name);
    // A name that went away between listing and reading was deleted by its owner: nothing is lost.
    if (errnoOf(error) === "ENOENT") {
      this.#options.onNote({ level: "told", code: "vanished", path, message: "deleted during the backup" });
      return;
    }
    this.#options.onNote({ level: "lost", code: "unreadable", path, message: reasonOf(error) });
  }
}

/** Without what belongs to its kind: the inode may have become another one's. */
function attributesOf(entry: Entry): EntryAttributes {
  const { name, mode, userId, groupId, userName, groupName, modifiedNs, changedNs, accessedNs, xattrs } = entry;
  return { name, mode, userId, groupId, userName, groupName, modifiedNs, changedNs, accessedNs, xattrs };
}

/** Same kind, size, and times of content and inode: what was read then is what is there now. */
function isUnchanged(before: Entry, stats: BigIntStats): before is Extract<Entry, { type: "file" }> {
  return (
    before.type === "file" &&
    before.changedNs === stats.ctimeNs &&
    before.modifiedNs === stats.mtimeNs &&
    BigInt(before.content.sizeBytes) === stats.size
  );
}

/** Trouble with one name, as against trouble with the backup: an error number of the system that is no Failure of ours. */
function isFileTrouble(error: unknown): boolean {
  return !(error instanceof Failure) && /^E(?!RR_)[A-Z0-9]+$/.test(errnoOf(error));
}

function namesIn(place: Place, only: RootNode | null): Buffer[] {
  const names =
    only === null
      ? readdirSync(place.path, { encoding: "buffer" })
      : [...only.children.values()].map((child) => child.name);
  return names.filter(isEntryName).sort(compareNames);
}
