import type { ArenaReader, Content, Entry, PlacedExtent } from "@casaforte/arena";
import { mountCachedEntriesMax, mountLinksMax } from "../limits.ts";

/** A file or directory of a point, as a program that only reads sees it. */
export interface PointNode {
  readonly kind: "file" | "directory";
  /** Of the name it was found under, which may be a link's; empty for the root. */
  readonly name: Buffer;
  readonly content: Content;
  readonly modifiedNs: bigint;
  readonly isExecutable: boolean;
}

/** From the root down to a node, links followed. */
export type PointPath = readonly [PointNode, ...PointNode[]];

/**
 * A point as files and directories that are read at any place, by several at once. A symbolic link to a file of the
 * point is that file; one to a directory is followed when it is named and not listed, so that a walk comes to an end;
 * what points outside, and everything that is neither file nor directory, is not there.
 */
export class PointFiles {
  readonly #reader: ArenaReader;
  readonly #root: PointNode;
  /** Listed directories, the one used last at the end. */
  readonly #known = new Map<string, ReadonlyMap<string, Entry>>();
  #knownEntries = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(reader: ArenaReader) {
    this.#reader = reader;
    const content = reader.superblock.root;
    this.#root = { kind: "directory", name: Buffer.alloc(0), content, modifiedNs: 0n, isExecutable: false };
  }

  /** What is at a path of names. Null when there is nothing. @throws corrupt, and what the vault throws. */
  find(names: readonly Buffer[]): Promise<PointPath | null> {
    return this.#find([this.#root], names, 0);
  }

  /** The content of a directory in order of name. @throws corrupt, and what the vault throws. */
  async *list(directory: PointPath): AsyncGenerator<PointNode> {
    const { content } = last(directory);
    for await (const entry of this.#entries(content)) {
      if (entry.type === "file" || entry.type === "directory") yield nodeOf(entry, entry.name);
      if (entry.type !== "symlink") continue;
      const target = await this.#find(directory, [Buffer.from(entry.name)], 0);
      const found = target === null ? null : last(target);
      if (found?.kind === "file") yield { ...found, name: Buffer.from(entry.name) };
    }
  }

  /** Bytes of a file from a place on, piece by piece. @throws corrupt, and what the vault throws. */
  async *read(content: Content, fromBytes: number, lengthBytes: number): AsyncGenerator<Buffer> {
    const end = Math.min(content.sizeBytes, fromBytes + lengthBytes);
    const extents = this.#reader.extents(content, fromBytes);
    for (let at = fromBytes; at < end; ) {
      const next = await this.#alone(() => extents.next());
      if (next.done === true) return;
      const from = at - next.value.offsetBytes;
      const until = Math.min(next.value.lengthBytes, end - next.value.offsetBytes);
      yield* this.#bytes(next.value, from, until);
      at += until - from;
    }
  }

  async *#bytes(extent: PlacedExtent, from: number, until: number): AsyncGenerator<Buffer> {
    if (extent.kind === "chunk") {
      // Copied before the next read takes its place.
      yield await this.#alone(async () => Buffer.from((await this.#reader.chunk(extent.ref)).subarray(from, until)));
      return;
    }
    for (let left = until - from; left > 0; left -= zeros.length) yield zeros.subarray(0, Math.min(left, zeros.length));
  }

  async #find(start: PointPath, names: readonly Buffer[], links: number): Promise<PointPath | null> {
    const path: [PointNode, ...PointNode[]] = [...start];
    for (const [index, name] of names.entries()) {
      if (name.length === 0 || name.equals(dot)) continue;
      if (name.equals(dotDot)) {
        if (path.length > 1) path.pop();
        continue;
      }
      const directory = last(path);
      const entry = directory.kind === "directory" ? await this.#entry(directory.content, name) : undefined;
      if (entry === undefined) return null;
      if (entry.type === "symlink") {
        if (links >= mountLinksMax) return null;
        const target = namesOf(Buffer.from(entry.target));
        const isAbsolute = entry.target[0] === slash;
        return this.#find(isAbsolute ? [this.#root] : path, [...target, ...names.slice(index + 1)], links + 1);
      }
      if (entry.type !== "file" && entry.type !== "directory") return null;
      path.push(nodeOf(entry, name));
    }
    return path;
  }

  async #entry(directory: Content, name: Buffer): Promise<Entry | undefined> {
    const key = keyOf(directory);
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.#known.delete(key);
      this.#known.set(key, known);
      return known.get(name.toString("latin1"));
    }
    const entries = new Map<string, Entry>();
    let found: Entry | undefined;
    for await (const entry of this.#entries(directory)) {
      if (Buffer.compare(entry.name, name) === 0) found = entry;
      if (entries.size < mountCachedEntriesMax) entries.set(latin1(entry.name), entry);
      else if (found !== undefined) return found;
    }
    if (entries.size < mountCachedEntriesMax) this.#keep(key, entries);
    return found;
  }

  #keep(key: string, entries: ReadonlyMap<string, Entry>): void {
    if (this.#known.has(key)) return;
    this.#known.set(key, entries);
    this.#knownEntries += entries.size;
    for (const [oldest, { size }] of this.#known) {
      if (this.#knownEntries <= mountCachedEntriesMax) break;
      this.#known.delete(oldest);
      this.#knownEntries -= size;
    }
  }

  async *#entries(directory: Content): AsyncGenerator<Entry> {
    const pages = this.#reader.pages(directory);
    for (;;) {
      const page = await this.#alone(() => pages.next());
      if (page.done === true) return;
      for (const { entry } of page.value) yield entry;
    }
  }

  /** One read at a time: a block's bytes stay only until others were read. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

const zeros = Buffer.alloc(0x10_0000);
const slash = 0x2f;
const dot = Buffer.from(".");
const dotDot = Buffer.from("..");

/** The names of a path, empty ones included. */
export function namesOf(path: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let from = 0; from <= path.length; ) {
    const found = path.indexOf(slash, from);
    const end = found < 0 ? path.length : found;
    names.push(path.subarray(from, end));
    from = end + 1;
  }
  return names;
}

/** Equal for equal bytes: a point holds each chunk once. */
export const keyOf = ({ sizeBytes, depth, extents }: Content): string =>
  `${sizeBytes}:${depth}:${extents.map((each) => (each.kind === "chunk" ? each.ref.address : `${each.kind}${each.lengthBytes}`)).join()}`;

export const last = (path: PointPath): PointNode => path.at(-1) ?? path[0];
const latin1 = (name: Uint8Array): string => Buffer.from(name).toString("latin1");

function nodeOf(entry: Extract<Entry, { type: "file" | "directory" }>, name: Uint8Array): PointNode {
  const { type: kind, content, modifiedNs, mode } = entry;
  return { kind, name: Buffer.from(name), content, modifiedNs, isExecutable: kind === "file" && (mode & 0o111) !== 0 };
}
