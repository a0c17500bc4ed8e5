import { createHash } from "node:crypto";
import { type ArenaReader, ArenaWriter, blockSizeBytes, ChunkTable, openArena } from "@casaforte/arena";
import { chunkHash } from "../chain/chunk-hash.ts";
import { systemClock } from "../outside.ts";
import type { Note } from "../tree/note.ts";
import { type RootNode, resolveRoots } from "../tree/roots.ts";
import { type ScanFigures, type ScanOptions, scan } from "../tree/scan.ts";

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
  const blocks = new Map<number, Uint8Array>();
  const notes: Note[] = [];
  const writer = new ArenaWriter({
    chunkKey: createHash("sha256").digest(),
    hash: chunkHash,
    known: new ChunkTable(),
    firstBlock: 1,
    generation: 1,
    previousSegment: null,
    onBlock: (index, bytes) => blocks.set(index, bytes),
  });
  const { root, figures } = await scan({
    writer,
    roots: "children" in roots ? roots : resolveRoots(roots),
    parent: null,
    clock: systemClock,
    onNote: (note) => notes.push(note),
    pace: () => undefined,
    ...options,
  });
  writer.finish(root, { entries: figures.entries, logicalBytes: figures.logicalBytes });
  const reader = await openArena(async (index) => blocks.get(index) ?? new Uint8Array(blockSizeBytes), chunkHash);
  return { blocks, reader, notes, figures };
}
