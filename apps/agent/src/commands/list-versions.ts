import { type ArenaReader, type Entry, type Held, isSame, openArena } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import type { PointReply } from "@casaforte/vault";
import type { ChainImage } from "../chain/chain-image.ts";
import { chunkHash } from "../chain/chunk-hash.ts";
import { OpenedFiles } from "../chain/opened-files.ts";
import type { Notes, ShownNote } from "../notes.ts";
import { walkPoint } from "../restore/walk-point.ts";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import { type Note, reasonOf } from "../tree/note.ts";
import { isDamage } from "../tree/write-tree.ts";
import type { ReadContext } from "./context.ts";
import { type FoundEntry, foundEntry } from "./list-point.ts";
import { openPoint } from "./open-point.ts";

/** What stayed the same under one path over points that follow each other. */
export interface Version {
  /** The newest and the oldest of those points. */
  readonly pointId: string;
  readonly at: string;
  readonly sinceAt: string;
  readonly points: number;
  /** Null: there was nothing at the path. */
  readonly entry: FoundEntry | null;
}

export interface VersionsResult {
  readonly result: "ok" | "partial";
  readonly points: number;
  readonly lost: number;
  readonly notes: readonly ShownNote[];
}

export interface VersionsInput {
  /** Oldest first. */
  readonly points: readonly PointReply[];
  readonly open: (point: PointReply) => Promise<ReadContext>;
  /** Absolute, as it was on the machine. */
  readonly path: string;
  readonly notes: Notes;
}

/**
 * Tells the versions of a file, a directory or a link over all points, newest first. A point that cannot be read is noted and
 * passed over, as is one of an earlier chain whose password was another.
 * @throws not_found `agent.path` when no point has anything there.
 */
export async function listVersions(
  { points, open, path, notes }: VersionsInput,
  onVersion: (version: Version) => void,
): Promise<VersionsResult> {
  const bytes = Buffer.from(path);
  await using list = new VersionList(bytes, notes);
  const newestChain = points.at(-1)?.chainId;
  for (const point of points) {
    try {
      await list.add(await open(point));
    } catch (error) {
      const isOther = point.chainId !== newestChain && error instanceof Failure && error.code === "seal.wrong_password";
      if (!isDamage(error) && !isOther) throw error;
      const message = `the point of ${point.at} cannot be read: ${reasonOf(error)}`;
      notes.add({ level: "lost", code: isOther ? "wrong_password" : "damaged", path: bytes, message });
    }
  }
  if (notes.lost === 0 && list.versions.length === 0)
    throw new Failure("not_found", "agent.path", "no restore point has anything at that path");
  for (const version of list.versions.toReversed()) onVersion(version);
  const { lost, kept } = notes;
  return { result: lost > 0 ? "partial" : "ok", points: points.length, lost, notes: kept };
}

/** Grows with each newer point; keeps the last thing found open, to compare the next with. */
class VersionList implements AsyncDisposable {
  readonly versions: Version[] = [];
  readonly #path: Buffer;
  readonly #opened = new OpenedFiles();
  readonly #notes: Notes;
  #seen: (Held & { readonly image: ChainImage }) | null = null;

  constructor(path: Buffer, notes: Notes) {
    this.#path = path;
    this.#notes = notes;
  }

  /** @throws corrupt: then the point counts for nothing. */
  async add(context: ReadContext): Promise<void> {
    const { signal } = context;
    const { pointId, at } = context.point;
    const image = await openPoint({ ...context, notes: this.#notes }, { opened: this.#opened });
    let isKept = false;
    try {
      const reader = await openArena((block) => image.readBlock(block), chunkHash);
      const entry = await findEntry(reader, this.#path, signal);
      const last = this.versions.at(-1);
      if (last !== undefined && (await this.#isStill(reader, entry, at)))
        this.versions[this.versions.length - 1] = { ...last, pointId, at, points: last.points + 1 };
      // Before it first came nothing was there: that is no version.
      else if (last !== undefined || entry !== null)
        this.versions.push({ pointId, at, sinceAt: at, points: 1, entry: entry && foundEntry(entry, this.#path) });
      this.#forget();
      this.#seen = entry && { reader, entry, image };
      isKept = entry !== null;
    } finally {
      if (!isKept) image[Symbol.dispose]();
      // What the next point is compared with stays open, whatever was opened in between.
      await this.#opened.keep(this.#seen?.image.containers ?? []);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#forget();
    await this.#opened.keep([]);
  }

  #forget(): void {
    this.#seen?.image[Symbol.dispose]();
    this.#seen = null;
  }

  /** Where damage keeps two points from being compared, each counts as a version of its own. */
  async #isStill(reader: ArenaReader, entry: Entry | null, at: string): Promise<boolean> {
    if (this.#seen === null || entry === null) return this.#seen === null && entry === null;
    try {
      return await isSame(this.#seen, { reader, entry });
    } catch (error) {
      if (!isDamage(error)) throw error;
      const message = `the point of ${at} cannot be compared with the one before: ${reasonOf(error)}`;
      this.#notes.add({ level: "lost", code: "damaged", path: this.#path, message });
      return false;
    }
  }
}

/** @throws corrupt, also for a damaged directory on the way. */
async function findEntry(reader: ArenaReader, path: Buffer, signal: AbortSignal): Promise<Entry | null> {
  const none = new PatternList([]);
  const selection = new Selection({ paths: [path], include: none, exclude: none });
  const onNote = ({ message }: Note): never => {
    throw new Failure("corrupt", "agent.damaged", message);
  };
  for await (const { entry, wanted } of walkPoint({ reader, selection, onNote, signal, depthMax: 0 }))
    if (wanted) return entry;
  return null;
}
