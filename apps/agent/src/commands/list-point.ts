import { type Entry, openArena } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { chunkHash } from "../chain/chunk-hash.ts";
import type { ShownNote } from "../notes.ts";
import { walkPoint } from "../restore/walk-point.ts";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import { shownPath } from "../tree/note.ts";
import type { ReadContext } from "./context.ts";
import { openPoint } from "./open-point.ts";

/** An entry as it is listed. */
export interface FoundEntry {
  readonly path: string;
  readonly type: Entry["type"];
  readonly mode: number;
  /** Name, or number where the point has no name. */
  readonly owner: string;
  readonly group: string;
  /** Bytes of a file, 0 for everything else. */
  readonly size: number;
  readonly modified: string;
  /** Of a symbolic link. */
  readonly target: string | null;
}

export interface ListResult {
  readonly result: "ok" | "partial";
  readonly pointId: string;
  readonly lost: number;
  readonly notes: readonly ShownNote[];
}

/** Lists a directory of a point, or the file itself. @throws not_found `agent.path`. */
export function listPoint(
  context: ReadContext,
  { path, recursive }: { readonly path: string; readonly recursive: boolean },
  onEntry: (entry: FoundEntry) => void,
): Promise<ListResult> {
  const isRoot = /^\/+$/.test(path);
  const none = new PatternList([]);
  const selection = new Selection({ paths: isRoot ? [] : [Buffer.from(path)], include: none, exclude: none });
  return list(context, { selection, isLimited: !isRoot, listsRoot: isRoot, recursive }, onEntry);
}

/** Lists everything whose name or path fits. @throws not_found `agent.path`. */
export function findInPoint(
  context: ReadContext,
  patterns: PatternList,
  onEntry: (entry: FoundEntry) => void,
): Promise<ListResult> {
  const none = new PatternList([]);
  const selection = new Selection({ paths: [], include: none, exclude: none });
  return list(context, { selection, isLimited: true, listsRoot: true, recursive: true, patterns }, onEntry);
}

interface ListInput {
  readonly selection: Selection;
  readonly isLimited: boolean;
  /** The first level is what was asked for, not the directory above it. */
  readonly listsRoot: boolean;
  readonly recursive: boolean;
  /** Only what fits itself; what lies in a directory that fits is not listed for that. */
  readonly patterns?: PatternList;
}

async function list(context: ReadContext, input: ListInput, onEntry: (entry: FoundEntry) => void): Promise<ListResult> {
  const { point, notes, signal } = context;
  using image = await openPoint(context);
  const reader = await openArena((block) => image.readBlock(block), chunkHash);
  const { selection } = input;
  const depth = input.recursive ? {} : { depthMax: input.listsRoot ? 0 : 1 };
  let found = 0;
  for await (const { entry, path, wanted, depth: at } of walkPoint({
    reader,
    selection,
    onNote: notes.add,
    signal,
    ...depth,
  })) {
    if (!wanted) continue;
    if (input.patterns !== undefined && !input.patterns.matches(path, entry.type === "directory")) continue;
    found++;
    // A directory that was named is opened, not listed.
    if (at === 0 && !input.listsRoot && entry.type === "directory") continue;
    onEntry(foundEntry(entry, path));
  }
  if (found === 0 && input.isLimited && notes.lost === 0) {
    throw new Failure("not_found", "agent.path", "the restore point has nothing at that path");
  }
  return {
    result: notes.lost > 0 ? "partial" : "ok",
    pointId: point.pointId,
    lost: notes.lost,
    notes: notes.kept,
  };
}

/** An entry in the words of a list. */
export function foundEntry(entry: Entry, path: Buffer): FoundEntry {
  return {
    path: shownPath(path),
    type: entry.type,
    mode: entry.mode,
    owner: entry.userName || String(entry.userId),
    group: entry.groupName || String(entry.groupId),
    size: entry.type === "file" ? entry.content.sizeBytes : 0,
    modified: timeOf(entry.modifiedNs),
    target: entry.type === "symlink" ? shownPath(Buffer.from(entry.target)) : null,
  };
}

/** Times outside of what a Date can say are shown as its limits. */
function timeOf(ns: bigint): string {
  const ms = Number(ns / 1_000_000n);
  return new Date(Math.max(-8.64e15, Math.min(8.64e15, ms))).toISOString();
}
