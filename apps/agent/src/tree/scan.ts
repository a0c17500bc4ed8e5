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
import { type RawPath, splitDevice } from "../posix.ts";
import { errnoOf, type OnNote, reasonOf } from "./note.ts";
import { Owners } from "./owners.ts";
import { isContentLive, ParentEntries, type ParentPoint } from "./parent-entries.ts";
import { Place } from "./place.ts";
import { pseudoFileSystem } from "./pseudo-file-systems.ts";
import { isSameInode, readAttributes } from "./read-attributes.ts";
import { readFileContent } from "./read-file.ts";
import type { RootNode } from "./roots.ts";
import type { ScanFilter } from "./scan-filter.ts";
import { isSnapshotDirectory } from "./snapshot-directory.ts";
import { type FileSystemTypeOf, fileSystemTypeOf, isSubvolumeHole } from "./subvolume-hole.ts";

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
  /** This machine's when absent. */
  readonly fileSystemTypeOf?: FileSystemTypeOf;
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
  /** For system calls: in `place`, or in the snapshot that it is read from. */
  readonly path: RawPath;
  readonly stats: BigIntStats;
  /** The time just before `stats` were asked. */
  readonly seenMs: number;
  readonly before: StoredEntry | undefined;
}

/** What stands in the point under a name; null for nothing. */
type Named = Entry | StoredEntry | null;

/** What is kept of a directory. */
interface Within {
  /** What was asked for by name, or is read elsewhere, in it. */
  readonly node: RootNode | null;
  /** Everything that no rule leaves out; else what leads to `node`'s own. */
  readonly isWhole: boolean;
}

/** How the directory above bears on an entry. */
interface Under extends Within {
  /** The file system of the directory above. */
  readonly device: bigint;
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
    const within = { node: roots, isWhole: roots.whole };
    return this.#directory(place, within, stats.dev, parent?.reader.superblock.root);
  }

  async #directory(place: Place, within: Within, device: bigint, before: Content | undefined): Promise<Content> {
    const writer = this.#options.writer.directory();
    const { parent } = this.#options;
    const above = { ...within, device };
    const entries = parent !== null && before !== undefined ? new ParentEntries(parent.reader, before) : null;
    try {
      for (const name of namesIn(place, within)) {
        this.#options.signal?.throwIfAborted();
        const named = this.#named(place, name, above, entries);
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

  #named(place: Place, name: Buffer, above: Under, entries: ParentEntries | null): Named | Promise<Named> {
    const node = above.node?.children.get(name.toString("latin1")) ?? null;
    if (node?.supply !== undefined) return this.#supplied(name, node.supply);
    const path = node?.reach ?? place.child(name);
    const seenMs = this.#options.clock.nowMs();
    const stats = this.#look(place, name, path);
    if (stats === null || (node?.whole !== true && isSnapshotDirectory(name, stats))) return null;
    // Rules are about what was not asked for by name.
    const isJudged = above.isWhole && node?.whole !== true;
    const fate = isJudged ? this.#fateOf(place.childShown(name), path, stats, above.device) : "keep";
    if (fate === "leave_out" && !isAsked(node)) {
      this.figures.excluded++;
      return null;
    }
    const isWhole = node?.whole === true || (above.isWhole && fate === "keep");
    const known = entries?.find(name);
    const judged = (before: StoredEntry | undefined): Named | Promise<Named> => {
      const found = { name, place, path, stats, seenMs, before };
      return this.#takenOver(found) ?? this.#entry(found, { node, isWhole, device: above.device });
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

  #fateOf(shown: RawPath, path: RawPath, stats: BigIntStats, device: bigint) {
    const filter = this.#filter;
    if (filter === undefined) return "keep";
    const isDirectory = stats.isDirectory();
    const isOtherFileSystem = isDirectory && stats.dev !== device;
    return filter.fateOf({ shown, path, isDirectory, isOtherFileSystem });
  }

  #look(place: Place, name: Buffer, path: RawPath): BigIntStats | null {
    try {
      return lstatSync(path, { bigint: true });
    } catch (error) {
      this.#trouble(place, name, error);
      return null;
    }
  }

  async #entry(found: Found, under: Under): Promise<Entry | null> {
    const { place, name, path, stats, seenMs } = found;
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
          : readAttributes({ name, path, shown, stats, seenMs }, this.#owners, this.#options.onNote);
      if (stats.isFile()) return await this.#file(found, at);
      if (stats.isSymbolicLink()) {
        return { ...at(), type: "symlink", target: readlinkSync(path, { encoding: "buffer" }) };
      }
      if (stats.isDirectory()) return await this.#subdirectory(found, at, under);
      if (stats.isFIFO()) return { ...at(), type: "fifo" };
      return { ...at(), type: stats.isBlockDevice() ? "block_device" : "character_device", ...splitDevice(stats.rdev) };
    } catch (error) {
      if (!isFileTrouble(error)) throw error;
      this.#trouble(place, name, error);
      return null;
    }
  }

  async #subdirectory(found: Found, at: () => EntryAttributes, under: Under): Promise<Entry> {
    const { place, name, path, stats, before } = found;
    const attributes = at();
    if (!under.isWhole && !isAsked(under.node)) {
      this.figures.excluded++;
      return { ...attributes, type: "directory", content: emptyContent };
    }
    const shown = place.childShown(name);
    const pseudo = stats.dev === under.device ? null : pseudoFileSystem(path);
    if (pseudo !== null || this.#skip.has(shown.toString("utf8"))) {
      const message = pseudo === null ? "the agent's own state" : `a ${pseudo} file system has no files to keep`;
      this.#options.onNote({ level: "told", code: "skipped", path: shown, message });
      return { ...attributes, type: "directory", content: emptyContent };
    }
    if (isSubvolumeHole({ path, shown, ino: stats.ino }, this.#options.fileSystemTypeOf ?? fileSystemTypeOf)) {
      const message = "a subvolume, which the snapshot that it is read from does not show";
      this.#options.onNote({ level: "lost", code: "subvolume", path: shown, message });
      return { ...attributes, type: "directory", content: emptyContent };
    }
    const inside = new Place(shown, path);
    try {
      const earlier = before?.entry.type === "directory" ? before.entry.content : undefined;
      const content = await this.#directory(inside, under, stats.dev, earlier);
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
    const { place, name, path, stats, before } = found;
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

/** Whether this, or something in it, was asked for by name. */
const isAsked = (node: RootNode | null): boolean =>
  node !== null && (node.whole || node.supply !== undefined || [...node.children.values()].some(isAsked));

function namesIn(place: Place, { node, isWhole }: Within): Buffer[] {
  const own = [...(node?.children.values() ?? [])].map(({ name }) => name);
  if (!isWhole) return own.sort(compareNames);
  const found = readdirSync(place.path, { encoding: "buffer" }).filter(isEntryName);
  // A command's output is on no disk.
  const made = own.filter((name) => !found.some((other) => other.equals(name)));
  return [...found, ...made].sort(compareNames);
}
