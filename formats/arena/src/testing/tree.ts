import { createHmac } from "node:crypto";
import {
  type ArenaReader,
  ArenaWriter,
  blockSizeBytes,
  type ChunkHash,
  ChunkTable,
  type Content,
  compareNames,
  type Entry,
  type EntryAttributes,
  emptyContent,
  openArena,
  type Superblock,
} from "../index.ts";

/** A directory tree in memory, for tests: files as pieces, a number being a hole of that many bytes. */
export type Node = { readonly at: EntryAttributes } & (
  | { readonly kind: "file"; readonly pieces: readonly (Uint8Array | number)[] }
  | { readonly kind: "directory"; readonly children: readonly Node[] }
  | { readonly kind: "symlink"; readonly target: Uint8Array }
  | { readonly kind: "fifo" }
);

export const hash: ChunkHash = (key, bytes) => createHmac("sha256", key).update(bytes).digest();

/** Blocks by index; those that were never written read as zeros, as the container's holes do. */
export class MemoryImage {
  readonly blocks = new Map<number, Uint8Array>();
  readonly readBlock = async (index: number): Promise<Uint8Array> =>
    this.blocks.get(index) ?? new Uint8Array(blockSizeBytes);
}

export interface WriteTreeOptions {
  readonly image: MemoryImage;
  readonly nodes: readonly Node[];
  readonly parent?: ArenaReader;
}

/** Writes a point and says how many bytes of chunks were new. */
export async function writeTree(options: WriteTreeOptions): Promise<{ superblock: Superblock; newBytes: number }> {
  const known = new ChunkTable();
  if (options.parent !== undefined) {
    for await (const segment of options.parent.segments()) for (const record of segment.records) known.add(record);
  }
  const parent = options.parent?.superblock;
  const writer = new ArenaWriter({
    chunkKey: new Uint8Array(32).fill(7),
    hash,
    known,
    firstBlock: parent?.blocks ?? 1,
    generation: (parent?.generation ?? 0) + 1,
    previousSegment: parent?.lastSegment ?? null,
    onBlock: (index, bytes) => options.image.blocks.set(index, bytes),
  });
  const root = writeDirectory(writer, options.nodes);
  const superblock = writer.finish(root, { entries: 0, logicalBytes: 0 });
  return { superblock, newBytes: writer.stored.newBytes };
}

function writeDirectory(writer: ArenaWriter, nodes: readonly Node[]): Content {
  const directory = writer.directory();
  const sorted = [...nodes].sort((a, b) => compareNames(a.at.name, b.at.name));
  const entries = sorted.map((node) => toEntry(writer, node));
  for (const entry of entries) directory.add(entry);
  return directory.end();
}

function toEntry(writer: ArenaWriter, node: Node): Entry {
  if (node.kind === "directory") {
    return { ...node.at, type: "directory", content: writeDirectory(writer, node.children) };
  }
  if (node.kind === "symlink") return { ...node.at, type: "symlink", target: node.target };
  if (node.kind === "fifo") return { ...node.at, type: "fifo" };
  const sizeBytes = node.pieces.reduce<number>(
    (sum, piece) => sum + (typeof piece === "number" ? piece : piece.length),
    0,
  );
  if (sizeBytes === 0) return { ...node.at, type: "file", linkGroup: null, content: emptyContent };
  const file = writer.file(sizeBytes);
  for (const piece of node.pieces) {
    if (typeof piece === "number") file.hole(piece);
    else file.write(piece);
  }
  return { ...node.at, type: "file", linkGroup: { device: 1n, inode: 2n ** 63n + 5n }, content: file.end() };
}

/** Reads a point back as the same kind of tree; data pieces are joined between holes. */
export async function readTree(image: MemoryImage): Promise<{ nodes: Node[]; reader: ArenaReader }> {
  const reader = await openArena(image.readBlock, hash);
  return { nodes: await readDirectory(reader, reader.superblock.root), reader };
}

async function readDirectory(reader: ArenaReader, content: Content): Promise<Node[]> {
  const nodes: Node[] = [];
  for await (const entry of reader.entries(content)) nodes.push(await toNode(reader, entry));
  return nodes;
}

async function toNode(reader: ArenaReader, entry: Entry): Promise<Node> {
  const { name, mode, userId, groupId, userName, groupName, modifiedNs, changedNs, accessedNs, xattrs } = entry;
  const at = { name, mode, userId, groupId, userName, groupName, modifiedNs, changedNs, accessedNs, xattrs };
  if (entry.type === "directory")
    return { at, kind: "directory", children: await readDirectory(reader, entry.content) };
  if (entry.type === "symlink") return { at, kind: "symlink", target: entry.target };
  if (entry.type !== "file") return { at, kind: "fifo" };
  const pieces: (Uint8Array | number)[] = [];
  for await (const extent of reader.extents(entry.content)) {
    if (extent.kind === "hole") pieces.push(extent.lengthBytes);
    else if (extent.kind === "zeros") pieces.push(new Uint8Array(extent.lengthBytes));
    else pieces.push(Uint8Array.from(await reader.chunk(extent.ref)));
  }
  return { at, kind: "file", pieces: joinPieces(pieces) };
}

/** Adjacent data pieces and adjacent holes as one each. */
export function joinPieces(pieces: readonly (Uint8Array | number)[]): (Uint8Array | number)[] {
  const joined: (Uint8Array | number)[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (typeof piece === "number" || last === undefined || typeof last === "number") joined.push(piece);
    else joined[joined.length - 1] = Buffer.concat([last, piece]);
  }
  return joined.map((piece) => (typeof piece === "number" ? piece : new Uint8Array(piece)));
}

/** Attributes for a test that cares about something else. */
export const attributes = (name: Uint8Array | string): EntryAttributes => ({
  name: typeof name === "string" ? new TextEncoder().encode(name) : name,
  mode: 0o644,
  userId: 1000,
  groupId: 1000,
  userName: "ada",
  groupName: "staff",
  modifiedNs: 1_700_000_000_123_456_789n,
  changedNs: 1_700_000_000_123_456_790n,
  accessedNs: -5n,
  xattrs: [],
});
