import { equalBytes } from "@casaforte/kernel";
import type { ArenaReader } from "./arena-reader.ts";
import type { Content } from "./content.ts";
import type { Entry } from "./entry.ts";

/** Something that one point holds, and the reader of that point. */
export interface Held<Kind extends Entry = Entry> {
  readonly reader: ArenaReader;
  readonly entry: Kind;
}

type File = Extract<Entry, { type: "file" }>;
type Directory = Extract<Entry, { type: "directory" }>;

/**
 * Whether two points hold the same bytes under a name, told from the keyed hashes in their catalogues: no data is fetched.
 * Points of two chains have different keys: there a file is the same when its size and time are. @throws corrupt.
 */
export async function isSame(before: Held, after: Held): Promise<boolean> {
  const [a, b] = [before.entry, after.entry];
  if (a.type === "file" && b.type === "file") return isSameFile({ ...before, entry: a }, { ...after, entry: b });
  if (a.type === "directory" && b.type === "directory")
    return isSameTree({ ...before, entry: a }, { ...after, entry: b });
  if (a.type === "symlink" && b.type === "symlink") return equalBytes(a.target, b.target);
  if (isDevice(a) && isDevice(b)) return a.type === b.type && a.major === b.major && a.minor === b.minor;
  return a.type === b.type;
}

/** Whether nothing at all differs under a directory, attributes included; false as well when that would have to be looked for. */
export const isSameDirectory = (a: ArenaReader, before: Content, b: ArenaReader, after: Content): boolean =>
  haveOneKey(a, b) && isShallowlySame(before, after);

async function isSameFile(before: Held<File>, after: Held<File>): Promise<boolean> {
  const [a, b] = [before.entry, after.entry];
  if (a.content.sizeBytes !== b.content.sizeBytes) return false;
  if (!haveOneKey(before.reader, after.reader)) return a.modifiedNs === b.modifiedNs;
  if (isShallowlySame(a.content, b.content)) return true;
  const others = pieces(after.reader, b.content);
  for await (const piece of pieces(before.reader, a.content)) {
    const { value: other } = await others.next();
    if (other === undefined || piece.lengthBytes !== other.lengthBytes) return false;
    if (piece.id === null || other.id === null ? piece.id !== other.id : !equalBytes(piece.id, other.id)) return false;
  }
  return true;
}

/** The same names with the same bytes under them, whatever else is told of them. */
async function isSameTree(before: Held<Directory>, after: Held<Directory>): Promise<boolean> {
  if (isSameDirectory(before.reader, before.entry.content, after.reader, after.entry.content)) return true;
  const others = after.reader.entries(after.entry.content);
  for await (const entry of before.reader.entries(before.entry.content)) {
    const { value: other } = await others.next();
    if (other === undefined || !equalBytes(entry.name, other.name)) return false;
    if (!(await isSame({ reader: before.reader, entry }, { reader: after.reader, entry: other }))) return false;
  }
  return (await others.next()).done === true;
}

const haveOneKey = (a: ArenaReader, b: ArenaReader): boolean =>
  equalBytes(a.superblock.chunkKey, b.superblock.chunkKey);

function isShallowlySame(a: Content, b: Content): boolean {
  if (a.sizeBytes !== b.sizeBytes || a.depth !== b.depth || a.extents.length !== b.extents.length) return false;
  return a.extents.every((extent, index) => {
    const other = b.extents[index];
    if (other?.kind !== extent.kind || other.lengthBytes !== extent.lengthBytes) return false;
    return extent.kind !== "chunk" || (other.kind === "chunk" && equalBytes(extent.ref.id, other.ref.id));
  });
}

interface Piece {
  /** Null: zeros, however they are kept. */
  readonly id: Uint8Array | null;
  readonly lengthBytes: number;
}

/** The chunks of a content in order, neighbouring zeros as one piece. */
async function* pieces(reader: ArenaReader, content: Content): AsyncGenerator<Piece> {
  let zeros = 0;
  for await (const extent of reader.extents(content)) {
    if (extent.kind !== "chunk") {
      zeros += extent.lengthBytes;
      continue;
    }
    if (zeros > 0) yield { id: null, lengthBytes: zeros };
    zeros = 0;
    yield { id: extent.ref.id, lengthBytes: extent.lengthBytes };
  }
  if (zeros > 0) yield { id: null, lengthBytes: zeros };
}

type Device = Extract<Entry, { type: "block_device" | "character_device" }>;

const isDevice = (entry: Entry): entry is Device => entry.type === "block_device" || entry.type === "character_device";
