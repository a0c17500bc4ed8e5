import { type BigIntStats, lstatSync } from "node:fs";
import {
  type Content,
  type DirectoryWriter,
  type Entry,
  type EntryAttributes,
  emptyContent,
  type StoredEntry,
} from "@casaforte/arena";
import type { FileAhead } from "../ahead/files-ahead.ts";
import type { RawPath } from "../posix.ts";
import { contentlessEntry } from "./contentless-entry.ts";
import type { Found, InTurn, Named, Under } from "./found.ts";
import { LinkedFiles } from "./linked-files.ts";
import { isAsked, namesIn } from "./names-in.ts";
import { isFileTrouble, troubleOf } from "./note.ts";
import { Owners } from "./owners.ts";
import { earlierContent, isContentLive, ParentEntries, type ParentPoint } from "./parent-entries.ts";
import { Place } from "./place.ts";
import { pseudoFileSystem } from "./pseudo-file-systems.ts";
import { attributesOf, isSameInode, isUnchanged, readAttributes } from "./read-attributes.ts";
import { readFileContent } from "./read-file.ts";
import type { RootNode } from "./roots.ts";
import type { ScanFilter } from "./scan-filter.ts";
import { noFigures, type ScanFigures, type ScanOptions } from "./scan-options.ts";
import { isSnapshotDirectory } from "./snapshot-directory.ts";
import { fileSystemTypeOf, isSubvolumeHole } from "./subvolume-hole.ts";
import { Turns } from "./turns.ts";
import { UnchangedFiles } from "./unchanged-files.ts";

/** Writes the chosen trees into the arena. Troubles with single names are notes; they never end the scan. */
export async function scan(options: ScanOptions): Promise<{ readonly root: Content; readonly figures: ScanFigures }> {
  const scanner = new Scanner(options);
  const root = await scanner.run();
  return { root, figures: scanner.figures };
}

class Scanner {
  readonly figures = noFigures();
  readonly #options: ScanOptions;
  readonly #owners = new Owners();
  readonly #unchanged = new UnchangedFiles(this.#owners);
  readonly #skip: ReadonlySet<string>;
  readonly #filter: ScanFilter | undefined;
  readonly #linked = new LinkedFiles();
  /** Everything is written in the order of the walk, also what is read ahead of it. */
  readonly #turns = new Turns();
  /** The parent's index was asked for: what is new is told from what is stored. */
  #hasIndex = false;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#skip = new Set(options.skip);
    this.#filter = options.filter?.keepsAll === false ? options.filter : undefined;
  }

  async run(): Promise<Content> {
    const { roots, parent } = this.#options;
    const place = new Place(Buffer.from("/"), roots.reach, roots.reach?.equals(Buffer.from("/")) === false);
    const stats = lstatSync(place.path, { bigint: true });
    const isSame = this.#isSame(place.shown, stats);
    const within = { node: roots, isWhole: roots.whole, device: stats.dev, isSame };
    const end = await this.#directory(place, within, parent?.reader.superblock.root);
    await this.#turns.take();
    return end();
  }

  /** Walks a directory. What is returned gives its content, once all that was met is written. */
  async #directory(place: Place, within: Under, before: Content | undefined): Promise<() => Content> {
    const names = namesIn(place, within, this.#options.seen);
    const isPlain = within.isWhole && this.#filter === undefined && (within.node?.children.size ?? 0) === 0;
    const known = isPlain ? this.#options.known : undefined;
    const mayBeKnown = within.isSame && known !== undefined;
    if (before !== undefined && mayBeKnown && (await this.#isKnown(place, names, before))) return () => before;
    const watch = known?.watch(names);
    const writer = this.#options.writer.directory(watch?.onEntry);
    const { parent } = this.#options;
    const entries = parent !== null && before !== undefined ? new ParentEntries(parent, before) : null;
    try {
      for (const name of names) {
        this.#options.signal?.throwIfAborted();
        const page = entries?.ready();
        if (page !== undefined) await page;
        const named =
          this.#takenOver(place, name, within, entries) ??
          this.#named(place, Buffer.from(name, "latin1"), within, entries);
        // Of most entries of an unchanged tree everything is known at once: no turn of the queue for each.
        const next = named instanceof Promise ? await named : named;
        const waiting = this.#write(writer, next);
        if (waiting !== undefined) await waiting;
      }
    } finally {
      await entries?.close();
    }
    return () => {
      const content = writer.end();
      watch?.end(content);
      return content;
    };
  }

  /** A directory that need not be walked, for it is as an earlier walk found the parent's to be. */
  async #isKnown(place: Place, names: readonly string[], before: Content): Promise<boolean> {
    const { known, signal, pace } = this.#options;
    const look = { see: (name: string) => this.#unchanged.see(place, name), pace: () => pace(0), signal };
    const sizeBytes = (await known?.sizeOfSame(before, names, look)) ?? null;
    if (sizeBytes === null) return false;
    // A point upon pages that cannot be read would lack what they tell of: this must end in a new full, as a walk does.
    await this.#options.parent?.reader.checkPages(before);
    this.figures.unchangedFiles += names.length;
    this.figures.files += names.length;
    this.figures.logicalBytes += sizeBytes;
    this.figures.entries += names.length;
    this.#options.onProgress?.(this.figures);
    return true;
  }

  /** Writes an entry now or, behind others that are not known yet, in its turn. */
  #write(writer: DirectoryWriter, next: Named | InTurn): Promise<void> | undefined {
    if (typeof next !== "function" && this.#turns.isEmpty) return this.#put(writer, next);
    return this.#turns.add(() => {
      const named = typeof next === "function" ? next() : next;
      return named instanceof Promise ? named.then((entry) => this.#put(writer, entry)) : this.#put(writer, named);
    });
  }

  #put(writer: DirectoryWriter, entry: Named): Promise<void> | undefined {
    if (entry === null) return undefined;
    if (entry instanceof Uint8Array) writer.addStored(entry);
    else writer.add(entry);
    this.figures.entries++;
    return this.#step(0);
  }

  #named(
    place: Place,
    name: Buffer,
    above: Under,
    entries: ParentEntries | null,
  ): Named | InTurn | Promise<Named | InTurn> {
    const node = above.node?.children.get(name.toString("latin1")) ?? null;
    if (node?.supply !== undefined) return this.#supplied(name, node.supply);
    const path = node?.reach ?? place.child(name);
    const seenMs = this.#options.clock.nowMs();
    const isFrozen = node?.reach === undefined ? place.isFrozen : !node.reach.equals(place.childShown(name));
    const stats = this.#look({ place, name, path, isFrozen });
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
    const judged = (stored: StoredEntry | undefined): Named | InTurn | Promise<Named | InTurn> => {
      // A directory is known by its own inode, whatever became of the one above.
      const before = above.isSame || stored?.entry.type === "directory" ? stored : undefined;
      const found = { name, place, path, isFrozen, stats, seenMs, before };
      return this.#readAhead(found) ?? this.#entry(found, { ...above, node, isWhole });
    };
    return known instanceof Promise ? known.then(judged) : judged(known);
  }

  /** A file that the parent has just so, byte for byte of its entry; what lies deeper than that is looked at one by one. */
  #takenOver(place: Place, name: string, above: Under, entries: ParentEntries | null): Uint8Array | null {
    if (entries === null || !above.isSame || above.node?.children.has(name) === true) return null;
    if (above.isWhole && this.#filter !== undefined) {
      const raw = Buffer.from(name, "latin1");
      const candidate = { shown: place.childShown(raw), path: place.child(raw) };
      const fate = this.#filter.fateOf({ ...candidate, isDirectory: false, isOtherFileSystem: false });
      if (fate !== "keep") return null;
    }
    const same = this.#unchanged.take(place, name, entries);
    if (same === null) return null;
    this.figures.unchangedFiles++;
    this.figures.files++;
    this.figures.logicalBytes += same.sizeBytes;
    return same.bytes;
  }

  /** A new small file, while somebody reads ahead. */
  #readAhead(found: Found): InTurn | Promise<InTurn> | null {
    const { parent, ahead } = this.#options;
    const { stats, path, before } = found;
    if (ahead === undefined || !stats.isFile()) return null;
    if (parent !== null && (!this.#hasIndex || (before !== undefined && isUnchanged(before.entry, stats)))) return null;
    if (!ahead.isFor(stats)) return null;
    const attributes = this.#attributesAhead(found);
    if (attributes === null) return null;
    const inTurn = (file: FileAhead) => () => this.#arrived(found, { file, attributes });
    const file = ahead.add(path, stats);
    if (file !== null) return inTurn(file);
    const whenRoom = async (): Promise<InTurn> => {
      for (;;) {
        await this.#turns.takeOne();
        const later = ahead.add(path, stats);
        if (later !== null) return inTurn(later);
      }
    };
    return whenRoom();
  }

  /** As the walk looks, not once the content is there: what changes later shows in the change time that was looked at. */
  #attributesAhead(found: Found): EntryAttributes | null {
    try {
      return this.#attributes(found);
    } catch (error) {
      if (isFileTrouble(error)) return null;
      throw error;
    }
  }

  /** A file in its turn, that was read ahead. */
  #arrived(found: Found, ahead: { file: FileAhead; attributes: EntryAttributes }): Named | Promise<Named> {
    const { file, attributes } = ahead;
    const arrival = file.arrival();
    if (arrival !== undefined) return arrival.then(() => this.#arrived(found, ahead));
    const read = file.read();
    const content = read === null ? null : this.#options.writer.wholeFile(read.bytes, read.id);
    file.done();
    if (content === null) return this.#lookAgain(found);
    this.figures.readBytes += content.sizeBytes;
    this.figures.files++;
    this.figures.logicalBytes += content.sizeBytes;
    return { ...attributes, type: "file", linkGroup: null, content, modifiedNs: found.stats.mtimeNs };
  }

  /** A file that was not as the walk saw it when it was read ahead: by now another may have its name. */
  #lookAgain(found: Found): Named | Promise<Named> {
    const seenMs = this.#options.clock.nowMs();
    const stats = this.#look(found);
    if (stats === null) return null;
    // Within a turn no directory can be walked: as the file that it was, its name is told as lost.
    const now = stats.isDirectory() ? found : { ...found, stats, seenMs };
    return this.#guarded(now, () => this.#leaf(now));
  }

  async #supplied(name: Buffer, supply: NonNullable<RootNode["supply"]>): Promise<Entry> {
    const { writer, onNote, signal, parent } = this.#options;
    if (parent !== null) await this.#readIndex(parent);
    await this.#turns.take();
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

  #look(asked: Omit<Found, "stats" | "seenMs" | "before">): BigIntStats | null {
    try {
      return lstatSync(asked.path, { bigint: true });
    } catch (error) {
      this.#trouble(asked, error);
      return null;
    }
  }

  #entry(found: Found, under: Under): Promise<Named | InTurn> {
    const { stats } = found;
    return this.#guarded(found, () => (stats.isDirectory() ? this.#subdirectory(found, under) : this.#leaf(found)));
  }

  /** Trouble with one name is a note, and the name is left out. */
  async #guarded<T>(found: Found, make: () => Promise<T>): Promise<T | null> {
    try {
      return await make();
    } catch (error) {
      if (!isFileTrouble(error)) throw error;
      this.#trouble(found, error);
      return null;
    }
  }

  /** Anything but a directory. */
  async #leaf(found: Found): Promise<Entry | null> {
    const { place, name, path, stats } = found;
    if (stats.isFile()) return this.#file(found);
    if (stats.isSocket()) {
      const shown = place.childShown(name);
      this.#options.onNote({ level: "told", code: "socket", path: shown, message: "sockets are not backed up" });
      return null;
    }
    return contentlessEntry(path, stats, this.#attributes(found));
  }

  #attributes({ place, name, path, stats, seenMs, before }: Found): EntryAttributes {
    if (before !== undefined && isSameInode(before.entry, stats, this.#owners)) {
      return { ...attributesOf(before.entry), accessedNs: stats.atimeNs };
    }
    const shown = place.childShown(name);
    return readAttributes({ name, path, shown, stats, seenMs }, this.#owners, this.#options.onNote);
  }

  async #subdirectory(found: Found, under: Under): Promise<Entry | InTurn> {
    const { place, name, path, stats, before } = found;
    const shown = place.childShown(name);
    const isSame = this.#isSame(shown, stats);
    const attributes = this.#attributes(isSame ? found : { ...found, before: undefined });
    if (!under.isWhole && !isAsked(under.node)) {
      this.figures.excluded++;
      return { ...attributes, type: "directory", content: emptyContent };
    }
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
    const inside = new Place(shown, path, found.isFrozen);
    try {
      const earlier = before?.entry.type === "directory" ? before.entry.content : undefined;
      const end = await this.#directory(inside, { ...under, device: stats.dev, isSame }, earlier);
      if (inside.isHeld) await this.#turns.take();
      const entry = (): Entry => ({ ...attributes, type: "directory", content: end() });
      return this.#turns.isEmpty ? entry() : entry;
    } finally {
      inside.close();
    }
  }

  async #file(found: Found): Promise<Entry> {
    const { stats } = found;
    const attributes = this.#attributes(found);
    const linkGroup = stats.nlink > 1n ? { device: stats.dev, inode: stats.ino } : null;
    const linked = linkGroup === null ? null : this.#linked.find(stats);
    if (linked !== null) return { ...attributes, type: "file", linkGroup, content: linked };
    const { content, stats: read } = await this.#content(found);
    if (linkGroup !== null) this.#linked.keep(content, read);
    this.figures.files++;
    this.figures.logicalBytes += content.sizeBytes;
    return { ...attributes, type: "file", linkGroup, content, modifiedNs: read.mtimeNs };
  }

  /** And what the system said of the file that has it. */
  async #content(found: Found): Promise<{ content: Content; stats: BigIntStats }> {
    const { place, name, path, stats, before } = found;
    const { parent, writer, comparer } = this.#options;
    const entry = before?.entry;
    if (parent !== null && entry !== undefined && isUnchanged(entry, stats)) {
      if (await isContentLive(parent, entry.content)) {
        this.figures.unchangedFiles++;
        return { content: entry.content, stats };
      }
    }
    if (stats.size === 0n) return { content: emptyContent, stats };
    if (parent !== null) await this.#readIndex(parent);
    if (!this.#turns.isEmpty) await this.#turns.take();
    const earlier =
      parent !== null && entry?.type === "file" && comparer !== undefined
        ? { ...earlierContent(parent, entry.content), comparer }
        : undefined;
    const read = await readFileContent({ path, stats, writer, earlier, pace: (bytes) => this.#step(bytes) });
    if (read.changedWhileRead) {
      const message = "changed while it was read: saved as it was found then";
      this.#options.onNote({ level: "told", code: "changed_while_read", path: place.childShown(name), message });
    }
    return read;
  }

  #isSame(shown: RawPath, { ino }: BigIntStats): boolean {
    return this.#options.inodes?.isSame(shown, ino) ?? true;
  }

  async #readIndex(parent: ParentPoint): Promise<void> {
    await parent.readIndex();
    this.#hasIndex = true;
  }

  #step(lengthBytes: number): Promise<void> | undefined {
    this.figures.readBytes += lengthBytes;
    this.#options.onProgress?.(this.figures);
    return this.#options.pace(lengthBytes);
  }

  #trouble({ place, name, isFrozen }: Pick<Found, "place" | "name" | "isFrozen">, error: unknown): void {
    const path = place.childShown(name);
    this.#options.onNote({ path, ...troubleOf(error, isFrozen) });
  }
}
