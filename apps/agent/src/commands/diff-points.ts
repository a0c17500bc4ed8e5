import {
  type ArenaReader,
  type Content,
  compareNames,
  type Entry,
  isSame,
  isSameDirectory,
  openArena,
} from "@casaforte/arena";
import { chunkHash } from "../chain/chunk-hash.ts";
import type { Notes, ShownNote } from "../notes.ts";
import { reasonOf, shownPath } from "../tree/note.ts";
import { isDamage } from "../tree/write-tree.ts";
import type { ReadContext } from "./context.ts";
import { openPoint } from "./open-point.ts";

/** What became of a name. `attributes`: mode, owner, time or extended attributes alone. */
export type Difference = "added" | "removed" | "content" | "type" | "attributes";

export interface PointChange {
  readonly difference: Difference;
  readonly path: string;
  readonly type: Entry["type"];
  /** Bytes of a file, before and after; null where it was or is none. */
  readonly sizeBefore: number | null;
  readonly size: number | null;
}

export interface DiffResult {
  readonly result: "ok" | "partial";
  readonly from: string;
  readonly to: string;
  readonly counts: Readonly<Record<Difference, number>>;
  readonly lost: number;
  readonly notes: readonly ShownNote[];
}

interface DiffInput {
  readonly from: ReadContext;
  readonly to: ReadContext;
  /** Also what changed in nothing but its attributes. */
  readonly attributes: boolean;
}

/** Tells how one point differs from another, in order of path. Directories that did not change are not read. */
export async function diffPoints(
  { from, to, attributes }: DiffInput,
  onChange: (change: PointChange) => void,
): Promise<DiffResult> {
  using before = await openPoint(from);
  using after = await openPoint(to);
  const readers = [
    await openArena((block) => before.readBlock(block), chunkHash),
    await openArena((block) => after.readBlock(block), chunkHash),
  ] as const;
  const counts = { added: 0, removed: 0, content: 0, type: 0, attributes: 0 };
  const walk = new DiffWalk(readers, { notes: to.notes, signal: to.signal, attributes }, (change) => {
    counts[change.difference]++;
    onChange(change);
  });
  await walk.directory(Buffer.alloc(0), readers[0].superblock.root, readers[1].superblock.root);
  const { lost, kept: notes } = to.notes;
  const result = lost > 0 ? "partial" : "ok";
  return { result, from: from.point.pointId, to: to.point.pointId, counts, lost, notes };
}

interface DiffOptions {
  readonly notes: Notes;
  readonly signal: AbortSignal;
  readonly attributes: boolean;
}

type Directory = Extract<Entry, { type: "directory" }>;

class DiffWalk {
  readonly #before: ArenaReader;
  readonly #after: ArenaReader;
  readonly #options: DiffOptions;
  readonly #tell: (change: PointChange) => void;

  constructor(
    [before, after]: readonly [ArenaReader, ArenaReader],
    options: DiffOptions,
    tell: (change: PointChange) => void,
  ) {
    this.#before = before;
    this.#after = after;
    this.#options = options;
    this.#tell = tell;
  }

  /** Two directories of one path, or one of them alone. Damage is noted, and costs the rest of this directory. */
  async directory(path: Buffer, before: Content | null, after: Content | null): Promise<void> {
    if (before !== null && after !== null && isSameDirectory(this.#before, before, this.#after, after)) return;
    try {
      for await (const [a, b] of this.#pairs(before, after)) {
        this.#options.signal.throwIfAborted();
        await this.#pair(path, a, b);
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      const message = `the list of this directory is damaged: ${reasonOf(error)}`;
      this.#options.notes.add({ level: "lost", code: "damaged", path: path.length === 0 ? slash : path, message });
    }
  }

  async #pair(parent: Buffer, a: Entry | null, b: Entry | null): Promise<void> {
    const name = (b ?? a)?.name;
    if (name === undefined) return;
    const path = Buffer.concat([parent, slash, name]);
    const difference = await this.#differenceOf(a, b);
    if (difference !== null) this.#tell(changeOf(difference, path, a, b));
    const [before, after] = [contentOf(a), contentOf(b)];
    if (before !== null || after !== null) await this.directory(path, before, after);
  }

  async #differenceOf(a: Entry | null, b: Entry | null): Promise<Difference | null> {
    if (a === null) return "added";
    if (b === null) return "removed";
    if (a.type !== b.type) return "type";
    // What changed in a directory is told by the names in it.
    const isKept =
      a.type === "directory" || (await isSame({ reader: this.#before, entry: a }, { reader: this.#after, entry: b }));
    if (!isKept) return "content";
    return this.#options.attributes && !haveSameAttributes(a, b) ? "attributes" : null;
  }

  /** Names of both directories in order, each with what either has of it. */
  async *#pairs(before: Content | null, after: Content | null): AsyncGenerator<readonly [Entry | null, Entry | null]> {
    const left = entriesOf(this.#before, before);
    const right = entriesOf(this.#after, after);
    let [a, b] = [await next(left), await next(right)];
    while (a !== null || b !== null) {
      const order = a === null ? 1 : b === null ? -1 : compareNames(a.name, b.name);
      yield [order <= 0 ? a : null, order >= 0 ? b : null];
      if (order <= 0) a = await next(left);
      if (order >= 0) b = await next(right);
    }
  }
}

const slash = Buffer.from("/");

async function* entriesOf(reader: ArenaReader, content: Content | null): AsyncGenerator<Entry> {
  if (content !== null) yield* reader.entries(content);
}

const next = async (entries: AsyncGenerator<Entry>): Promise<Entry | null> => {
  const { done, value } = await entries.next();
  return done === true ? null : value;
};

const isDirectory = (entry: Entry | null): entry is Directory => entry?.type === "directory";
const contentOf = (entry: Entry | null): Content | null => (isDirectory(entry) ? entry.content : null);
const sizeOf = (entry: Entry | null): number | null => (entry?.type === "file" ? entry.content.sizeBytes : null);

function changeOf(difference: Difference, path: Buffer, a: Entry | null, b: Entry | null): PointChange {
  const type = (b ?? a)?.type ?? "file";
  return { difference, path: shownPath(path), type, sizeBefore: sizeOf(a), size: sizeOf(b) };
}

/** Whether what is told of a name beside its bytes is the same: mode, owner, time of change, extended attributes. */
function haveSameAttributes(a: Entry, b: Entry): boolean {
  const facts = ({ mode, userId, groupId, userName, groupName, modifiedNs, xattrs }: Entry): string =>
    [
      ...[mode, userId, groupId, userName, groupName, modifiedNs],
      ...xattrs.map(({ name, value }) => `${name}=${Buffer.from(value).toString("hex")}`).sort(),
    ].join("\0");
  return facts(a) === facts(b);
}
