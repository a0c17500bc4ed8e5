import type { ArenaReader, Content, Entry } from "@casaforte/arena";
import { concatBytes, equalBytes, Failure, fromUtf8, utf8 } from "@casaforte/kernel";
import { restoreLimits } from "./limits.ts";
import type { TreeRow } from "./protocol.ts";

/** An entry that was shown, with the way to it. */
export interface Node {
  readonly entry: Entry;
  /** Null for what stands at the top. */
  readonly parent: Node | null;
  readonly depth: number;
  /** Of the point that it is in. */
  readonly arena: ArenaReader;
}

/** The tree of a point as far as it was looked at. Directories are read when somebody opens them. */
export class Tree {
  readonly #arena: ArenaReader;
  readonly #nodes: Node[] = [];
  readonly #listed = new Map<number | null, readonly TreeRow[]>();

  constructor(arena: ArenaReader) {
    this.#arena = arena;
  }

  node(id: number): Node {
    const node = this.#nodes[id];
    if (node === undefined) throw new Failure("not_found", "restore.entry", "no such entry");
    return node;
  }

  /** Folders first, then names as people sort them. @throws corrupt; too_large `restore.folder`. */
  async list(id: number | null): Promise<readonly TreeRow[]> {
    const known = this.#listed.get(id);
    if (known !== undefined) return known;
    const parent = id === null ? null : this.node(id);
    const rows: TreeRow[] = [];
    for await (const node of this.children(parent)) {
      if (rows.length >= restoreLimits.listRowsMax)
        throw new Failure("too_large", "restore.folder", "more entries than a page shows");
      rows.push(this.show(node));
    }
    const { compare } = new Intl.Collator(undefined, { numeric: true });
    const isFile = (row: TreeRow) => (row.type === "directory" ? 0 : 1);
    rows.sort((a, b) => isFile(a) - isFile(b) || compare(a.name, b.name));
    this.#listed.set(id, rows);
    return rows;
  }

  /** Entries of a directory in the catalogue's order. @throws corrupt. */
  async *children(parent: Node | null, arena = parent?.arena ?? this.#arena): AsyncGenerator<Node> {
    const content = contentOf(parent, arena);
    if (content === null) return;
    const depth = parent === null ? 0 : parent.depth + 1;
    if (depth > restoreLimits.depthMax) throw new Failure("corrupt", "restore.depth", "directories too deep");
    for await (const entry of arena.entries(content)) yield { entry, parent, depth, arena };
  }

  /** What another point has at the same path; null when nothing. @throws corrupt. */
  async same(node: Node, arena: ArenaReader): Promise<Node | null> {
    const parent = node.parent === null ? null : await this.same(node.parent, arena);
    if (node.parent !== null && parent === null) return null;
    for await (const each of this.children(parent, arena))
      if (equalBytes(each.entry.name, node.entry.name)) return each;
    return null;
  }

  /** All under these entries, themselves first. Damaged directories are told to `onDamage` and passed over. */
  async *walk(
    roots: readonly Node[],
    options: { readonly signal: AbortSignal; readonly onDamage: (node: Node | null) => void },
  ): AsyncGenerator<Node> {
    for (const node of roots) {
      options.signal.throwIfAborted();
      yield node;
      if (node.entry.type === "directory") yield* this.#under(node, options);
    }
  }

  /** Names that have the text in them, whatever their case and accents. */
  async search(
    text: string,
    signal: AbortSignal,
  ): Promise<{ readonly rows: readonly TreeRow[]; readonly isWhole: boolean }> {
    const wanted = folded(text.trim());
    const rows: TreeRow[] = [];
    if (wanted === "") return { rows, isWhole: true };
    for await (const node of this.#under(null, { signal, onDamage: () => undefined })) {
      if (!folded(fromUtf8(node.entry.name)).includes(wanted)) continue;
      if (rows.length >= restoreLimits.searchRowsMax) return { rows, isWhole: false };
      rows.push(this.show(node));
    }
    return { rows, isWhole: true };
  }

  async *#under(
    parent: Node | null,
    options: { readonly signal: AbortSignal; readonly onDamage: (node: Node | null) => void },
  ): AsyncGenerator<Node> {
    try {
      for await (const node of this.children(parent)) {
        options.signal.throwIfAborted();
        yield node;
        if (node.entry.type === "directory") yield* this.#under(node, options);
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      options.onDamage(parent);
    }
  }

  /** The row of an entry, under a number of its own. */
  show(node: Node): TreeRow {
    const { entry } = node;
    const id = this.#nodes.push(node) - 1;
    const type = entry.type === "file" || entry.type === "directory" || entry.type === "symlink" ? entry.type : "other";
    return {
      id,
      name: fromUtf8(entry.name),
      type,
      sizeBytes: entry.type === "file" ? entry.content.sizeBytes : null,
      modifiedMs: Number(entry.modifiedNs / 1_000_000n),
      folder: node.parent === null ? "/" : shownPath(node.parent),
    };
  }
}

function contentOf(node: Node | null, arena: ArenaReader): Content | null {
  if (node === null) return arena.superblock.root;
  return node.entry.type === "directory" ? node.entry.content : null;
}

/** The way from the top, with a slash before each name. */
export function shownPath(node: Node): string {
  const names: string[] = [];
  for (let at: Node | null = node; at !== null; at = at.parent) names.unshift(fromUtf8(at.entry.name));
  return `/${names.join("/")}`;
}

/** The way from `above` (exclusive), as bytes. */
export function pathBytes(node: Node, above: Node | null): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at: Node | null = node; at !== null && at !== above; at = at.parent)
    parts.unshift(at.entry.name, ...(parts.length === 0 ? [] : [slash]));
  return concatBytes(parts);
}

const slash = utf8("/");

/** Damage of stored bytes, as against trouble with the line or with the place it is saved to. */
export const isDamage = (error: unknown): boolean => error instanceof Failure && error.kind === "corrupt";

const folded = (text: string): string => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
