import { closeSync, ftruncateSync, linkSync, openSync, renameSync, rmSync, unlinkSync, writeSync } from "node:fs";
import type { ArenaReader, ChunkRef, Entry, PlacedExtent } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { filesPerWorkMax, wholeFileWorkBytesMax } from "../limits.ts";
import type { RawPath } from "../posix.ts";
import { hasContent } from "../restore/same-content.ts";
import { ChunkFeed, errorOf, type HeldBlocks } from "./chunk-feed.ts";
import type { FilePort } from "./file-port.ts";
import { type ChunkWork, temporaryFlags, type WholeFile, type WorkTerms } from "./file-work.ts";
import { linkKey } from "./link-key.ts";
import { errnoOf } from "./note.ts";
import { PartialNames } from "./partial-name.ts";
import type { Place } from "./place.ts";
import { applyFileAttributes } from "./write-attributes.ts";

type FileEntry = Extract<Entry, { type: "file" }>;

export interface WriteFileInput {
  readonly place: Place;
  /** The entry's own name, or another when that is taken. */
  readonly name: Buffer;
  readonly entry: FileEntry;
  readonly onRefused: (message: string) => void;
  /** Called once, when the file has its name or will never have it: corrupt, the system's error, `agent.check`. */
  readonly onSettled: (error: unknown) => void;
}

export interface FileWriterOptions {
  readonly port: FilePort;
  /** Read every file back and compare it before it gets its name. */
  readonly check: boolean;
  readonly asRoot: boolean;
  readonly onBytes: (lengthBytes: number) => void;
}

/** Where the first name of a linked file is, and whether it will be there. */
interface FirstName {
  readonly path: RawPath;
  readonly isThere: Promise<boolean>;
}

/** Files that go to a thread together, and the blocks their bytes lie in. */
interface Batch {
  readonly files: WholeFile[];
  readonly inputs: WriteFileInput[];
  readonly held: HeldBlocks;
}

/** A file that is too large to be handed over whole. */
interface LargeFile {
  readonly input: WriteFileInput;
  readonly fd: number;
  readonly temporary: RawPath;
  readonly path: RawPath;
  /** Chunks on their way, and one for the walk along its extents. */
  open: number;
  error: unknown;
}

/**
 * Writes files under a temporary name and renames them when they are whole; joins names of one file. Several are on
 * their way at a time: small ones are handed to a thread by the dozen, large ones chunk by chunk.
 */
export class FileWriter {
  readonly #reader: ArenaReader;
  readonly #options: FileWriterOptions;
  readonly #terms: WorkTerms;
  /** Link key → the path it was first restored at. */
  readonly #linked = new Map<string, FirstName>();
  #batch: Batch = { files: [], inputs: [], held: new Map() };
  readonly #feed: ChunkFeed;
  readonly #names = new PartialNames();

  constructor(reader: ArenaReader, options: FileWriterOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#feed = new ChunkFeed(reader, options.port);
    this.#terms = { chunkKey: reader.superblock.chunkKey, asRoot: options.asRoot };
  }

  /** A file that lies there under a name already as the point has it: its other names are joined to it. */
  isThere(place: Place, name: Uint8Array, entry: FileEntry): void {
    const group = linkKey(entry);
    if (group !== null && !this.#linked.has(group)) {
      this.#linked.set(group, { path: place.childShown(name), isThere: Promise.resolve(true) });
    }
  }

  /** Takes a file on; resolves when the next one may come. Throws nothing: everything is told to the input. */
  async write(input: WriteFileInput): Promise<void> {
    const group = linkKey(input.entry);
    const first = group === null ? undefined : this.#linked.get(group);
    if (first !== undefined) {
      this.#send();
      if ((await first.isThere) && joined(first.path, input.place.child(input.name))) return input.onSettled(null);
    }
    if (group === null) return this.#take(input);
    const settled = Promise.withResolvers<boolean>();
    this.#linked.set(group, { path: input.place.childShown(input.name), isThere: settled.promise });
    const onSettled = (error: unknown) => {
      settled.resolve(error === null);
      input.onSettled(error);
    };
    await this.#take({ ...input, onSettled });
  }

  /** Resolves when every file that was taken on has been told of. */
  async drain(): Promise<void> {
    this.#send();
    await this.#feed.drain();
  }

  async #take(input: WriteFileInput): Promise<void> {
    const { content } = input.entry;
    const isSmall = content.depth === 0 && content.sizeBytes <= wholeFileWorkBytesMax && !this.#options.check;
    if (!isSmall || content.extents.some(({ kind }) => kind === "zeros")) return this.#writeLarge(input);
    try {
      const placed: (PlacedExtent & { readonly ref: ChunkRef })[] = [];
      for await (const extent of this.#reader.extents(content)) if (extent.kind === "chunk") placed.push(extent);
      // A batch that lacks one of the file's blocks goes first, with what it held: all of them stay until the file is done.
      if (!placed.every(({ ref }) => this.#feed.lies(ref, this.#batch.held))) this.#send();
      const { held } = this.#batch;
      const chunks: ChunkWork[] = [];
      for (const extent of placed) chunks.push(await this.#feed.take(extent, extent.ref, held));
      this.#batch.files.push({
        temporary: this.#temporary(input.place).toString("latin1"),
        path: input.place.child(input.name).toString("latin1"),
        sizeBytes: content.sizeBytes,
        chunks,
        attributes: attributesOf(input.entry),
      });
      this.#batch.inputs.push(input);
      if (this.#batch.files.length >= filesPerWorkMax) this.#send();
    } catch (error) {
      input.onSettled(error);
    }
    await this.#feed.room(this.#batch.held);
  }

  /** Hands the batch over. */
  #send(): void {
    const { files, inputs, held } = this.#batch;
    if (files.length === 0 && held.size === 0) return;
    this.#batch = { files: [], inputs: [], held: new Map() };
    this.#feed.send(held, async () => {
      try {
        const outcomes = files.length === 0 ? [] : await this.#options.port.files(files, this.#terms);
        for (const [index, input] of inputs.entries()) {
          const outcome = outcomes[index];
          for (const message of outcome?.refused ?? []) input.onRefused(message);
          const error = outcome === undefined ? new Error("a file was forgotten") : errorOf(outcome.failure);
          if (error === null) this.#options.onBytes(writtenBytes(input.entry));
          input.onSettled(error);
        }
      } catch (error) {
        for (const input of inputs) input.onSettled(error);
      }
    });
  }

  #temporary(place: Place): RawPath {
    return place.child(this.#names.next());
  }

  async #writeLarge(input: WriteFileInput): Promise<void> {
    this.#send();
    const temporary = this.#temporary(input.place);
    let file: LargeFile;
    try {
      const fd = openSync(temporary, temporaryFlags, 0o600);
      file = { input, fd, temporary, path: input.place.child(input.name), open: 1, error: null };
    } catch (error) {
      return input.onSettled(error);
    }
    try {
      await this.#fill(file);
    } catch (error) {
      file.error ??= error;
    }
    this.#leave(file);
  }

  async #fill(file: LargeFile): Promise<void> {
    const { content } = file.input.entry;
    let end = 0;
    for await (const extent of this.#reader.extents(content)) {
      if (file.error !== null) return;
      if (extent.kind === "hole") continue;
      end = extent.offsetBytes + extent.lengthBytes;
      if (extent.kind === "chunk") {
        await this.#feed.room(none);
        const held: HeldBlocks = new Map();
        try {
          this.#sendChunk(file, await this.#feed.take(extent, extent.ref, held), held);
        } catch (error) {
          for (const { release } of held.values()) release();
          throw error;
        }
        continue;
      }
      for (let at = extent.offsetBytes; at < end; at += zeros.length) {
        writeAll(file.fd, zeros.subarray(0, end - at), at);
        this.#options.onBytes(Math.min(zeros.length, end - at));
      }
    }
    if (end < content.sizeBytes) ftruncateSync(file.fd, content.sizeBytes);
  }

  #sendChunk(file: LargeFile, chunk: ChunkWork, held: HeldBlocks): void {
    file.open++;
    this.#feed.send(held, async () => {
      try {
        const error = errorOf(await this.#options.port.chunk(file.fd, chunk, this.#terms));
        if (error === null) this.#options.onBytes(chunk.pieces.reduce((sum, { length }) => sum + length, 0));
        else file.error ??= error;
      } catch (error) {
        file.error ??= error;
      }
      this.#leave(file);
    });
  }

  #leave(file: LargeFile): void {
    if (--file.open === 0) this.#feed.send(none, () => this.#finish(file));
  }

  async #finish({ input, fd, temporary, path, error }: LargeFile): Promise<void> {
    const { entry, onRefused, onSettled } = input;
    let trouble: unknown = null;
    try {
      try {
        if (error !== null) throw error;
        if (this.#options.check && !(await hasContent(this.#reader, entry.content, temporary))) {
          throw new Failure("unavailable", "agent.check", "what was written reads back differently: the disk is bad");
        }
        applyFileAttributes(entry, fd, { asRoot: this.#options.asRoot, onRefused });
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, path);
    } catch (caught) {
      trouble = caught;
      rmSync(temporary, { force: true });
    }
    onSettled(trouble);
  }
}

/** Only what a thread needs: names and owners' names would be copied for nothing. */
function attributesOf({ userId, groupId, mode, accessedNs, modifiedNs, xattrs }: FileEntry): WholeFile["attributes"] {
  return { userId, groupId, mode, accessedNs, modifiedNs, xattrs };
}

function writtenBytes({ content }: FileEntry): number {
  return content.extents.reduce((sum, { kind, lengthBytes }) => sum + (kind === "hole" ? 0 : lengthBytes), 0);
}

const none: HeldBlocks = new Map();
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
