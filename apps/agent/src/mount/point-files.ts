import type { ArenaReader, Content, Entry, PlacedExtent, StoredEntry } from "@casaforte/arena";
import { mountLinksMax } from "../limits.ts";
import { isDamage } from "../tree/write-tree.ts";
import { NameLookup } from "./name-lookup.ts";

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

/** What of a point's reader is used. */
export type PointReader = Pick<ArenaReader, "superblock" | "pages" | "extents" | "chunk">;

/**
 * A point as files and directories that are read at any place, by several at once. A symbolic link to a file of the
 * point is that file; one to a directory is followed when it is named and not listed, so that a walk comes to an end;
 * what points outside, and everything that is neither file nor directory, is not there.
 */
export class PointFiles {
  readonly #reader: PointReader;
  readonly #root: PointNode;
  readonly #names = new NameLookup((directory, fromBytes) => this.#pages(directory, fromBytes));
  #turn: Promise<unknown> = Promise.resolve();

  constructor(reader: PointReader) {
    this.#reader = reader;
    const content = reader.superblock.root;
    this.#root = { kind: "directory", name: Buffer.alloc(0), content, modifiedNs: 0n, isExecutable: false };
  }

  /** What is at a path of names. Null when there is nothing. @throws corrupt, and what the vault throws. */
  find(names: readonly Buffer[]): Promise<PointPath | null> {
    return this.#find([this.#root], names, 0);
  }

  /**
   * The content of a directory in order of name. A link whose target cannot be looked at for damage is told and left out.
   * @throws corrupt for the directory itself, and what the vault throws.
   */
  async *list(directory: PointPath, onDamage: (name: Buffer, error: unknown) => void): AsyncGenerator<PointNode> {
    for await (const page of this.#pages(last(directory).content))
      for (const { entry } of page) {
        if (entry.type === "file" || entry.type === "directory") yield nodeOf(entry, entry.name);
        if (entry.type !== "symlink") continue;
        const name = Buffer.from(entry.name);
        const found = await this.#follow(directory, Buffer.from(entry.target), [], 1).catch((error: unknown) => {
          if (!isDamage(error)) throw error;
          onDamage(name, error);
          return null;
        });
        const node = found === null ? null : last(found);
        if (node?.kind === "file") yield { ...node, name };
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
      const entry = directory.kind === "directory" ? await this.#names.find(directory.content, name) : undefined;
      if (entry === undefined) return null;
      if (entry.type === "symlink")
        return this.#follow(path, Buffer.from(entry.target), names.slice(index + 1), links + 1);
      if (entry.type !== "file" && entry.type !== "directory") return null;
      path.push(nodeOf(entry, name));
    }
    return path;
  }

  /** What a link in a directory leads to, and from there on. */
  async #follow(
    directory: PointPath,
    target: Buffer,
    rest: readonly Buffer[],
    links: number,
  ): Promise<PointPath | null> {
    if (links > mountLinksMax) return null;
    return this.#find(target[0] === slash ? [this.#root] : directory, [...namesOf(target), ...rest], links);
  }

  async *#pages(directory: Content, fromBytes = 0): AsyncGenerator<readonly StoredEntry[]> {
    const pages = this.#reader.pages(directory, fromBytes);
    for (;;) {
      const page = await this.#alone(() => pages.next());
      if (page.done === true) return;
      yield page.value;
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

export const last = (path: PointPath): PointNode => path.at(-1) ?? path[0];

function nodeOf(entry: Extract<Entry, { type: "file" | "directory" }>, name: Uint8Array): PointNode {
  const { type: kind, content, modifiedNs, mode } = entry;
  return { kind, name: Buffer.from(name), content, modifiedNs, isExecutable: kind === "file" && (mode & 0o111) !== 0 };
}
