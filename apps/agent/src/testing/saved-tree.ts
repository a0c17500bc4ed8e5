import { createHash } from "node:crypto";
import { type ArenaReader, ArenaWriter, blockSizeBytes, ChunkTable, openArena } from "@casaforte/arena";
import { chunkHash } from "../chain/chunk-hash.ts";
import { systemClock } from "../outside.ts";
import { walkPoint } from "../restore/walk-point.ts";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import type { Note } from "../tree/note.ts";
import { type RootNode, resolveRoots } from "../tree/roots.ts";
import { scan } from "../tree/scan.ts";
import type { ScanFigures, ScanOptions } from "../tree/scan-options.ts";

/** Of all trees saved here. */
export const chunkKey = createHash("sha256").digest();

/** A point in memory: its image's blocks, and a reader of them. */
export interface SavedTree {
  readonly blocks: Map<number, Uint8Array>;
  readonly reader: ArenaReader;
  readonly notes: readonly Note[];
  readonly figures: ScanFigures;
}

/** Scans paths into an arena in memory, without a vault. */
export async function saveTree(
  roots: readonly string[] | RootNode,
  options: Partial<ScanOptions> = {},
): Promise<SavedTree> {
  return save(roots, options, null);
}

/** A point upon another one, as a chain has them: what the parent's catalogue holds is pointed at. All blocks are there. */
export function saveUpon(
  before: SavedTree,
  roots: RootNode,
  options: Partial<Omit<ScanOptions, "writer" | "parent" | "roots">>,
): Promise<SavedTree> {
  return save(roots, options, before);
}

async function save(
  roots: readonly string[] | RootNode,
  options: Partial<ScanOptions>,
  before: SavedTree | null,
): Promise<SavedTree> {
  const blocks = new Map(before?.blocks);
  const notes: Note[] = [];
  const known = new ChunkTable();
  const superblock = before?.reader.superblock;
  if (before !== null) before.reader.onCatalogueChunk = (ref) => known.add(ref);
  const writer = new ArenaWriter({
    chunkKey,
    hash: chunkHash,
    known,
    firstBlock: superblock?.blocks ?? 1,
    generation: (superblock?.generation ?? 0) + 1,
    previousSegment: superblock?.lastSegment ?? null,
    onBlock: (index, bytes) => blocks.set(index, bytes),
  });
  const { root, figures } = await scan({
    writer,
    roots: "children" in roots ? roots : resolveRoots(roots),
    parent: before === null ? null : { reader: before.reader, isLive: () => true, readIndex: async () => undefined },
    clock: systemClock,
    onNote: (note) => notes.push(note),
    pace: () => undefined,
    ...options,
  });
  writer.finish(root, { entries: figures.entries, logicalBytes: figures.logicalBytes });
  const reader = await openArena(async (index) => blocks.get(index) ?? new Uint8Array(blockSizeBytes), chunkHash);
  return { blocks, reader, notes, figures };
}

/** Every file of a saved tree, by path. */
export async function contentsOf({ reader }: SavedTree): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const none = new PatternList([]);
  const selection = new Selection({ paths: [], include: none, exclude: none });
  for await (const { entry, path } of walkPoint({ reader, selection, onNote: () => undefined })) {
    if (entry.type !== "file") continue;
    const pieces: Uint8Array[] = [];
    for await (const extent of reader.extents(entry.content)) {
      pieces.push(extent.kind === "chunk" ? await reader.chunk(extent.ref) : Buffer.alloc(extent.lengthBytes));
    }
    found.set(path.toString(), Buffer.concat(pieces));
  }
  return found;
}
