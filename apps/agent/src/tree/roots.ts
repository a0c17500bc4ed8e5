import { realpathSync } from "node:fs";
import type { ArenaWriter, Entry } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { errnoOf, type OnNote, shownPath } from "./note.ts";

/** What to back up, as a tree of names from `/` down. `whole`: this directory or file and all that is in it. */
export interface RootNode {
  readonly name: Buffer;
  whole: boolean;
  readonly children: Map<string, RootNode>;
  /** Where it is read instead of in the directory above: in a snapshot of its volume, or where another snapshot has a hole. */
  reach?: Buffer;
  /** Makes the entry, for what is no file or directory of the disk: a device's content, a command's output. */
  supply?: EntrySupply;
}

/** Writes something into the arena that the tree does not have as a file. What it throws ends the backup. */
export type EntrySupply = (input: SupplyInput) => Promise<Entry>;

export interface SupplyInput {
  readonly name: Buffer;
  readonly writer: ArenaWriter;
  readonly onNote: OnNote;
  readonly signal: AbortSignal | undefined;
  /** Awaited after every slice, so that reading never runs ahead of sending. */
  readonly step: (lengthBytes: number) => Promise<void> | undefined;
}

/**
 * Resolves the paths a user gave (links in them are followed, so that `/data` that points elsewhere is what is meant)
 * and merges those that lie in one another.
 * @throws not_found `source.missing`, forbidden `source.unreadable`: a missing root is never an empty backup.
 */
export function resolveRoots(paths: readonly string[]): RootNode {
  const top: RootNode = { name: Buffer.alloc(0), whole: false, children: new Map() };
  for (const path of paths) nodeAt(top, realPathOf(path)).whole = true;
  return top;
}

/** The node of an absolute path, made with all above it when it is not there. */
export function nodeAt(top: RootNode, path: Buffer): RootNode {
  let node = top;
  for (const name of splitPath(path)) {
    const key = name.toString("latin1");
    let child = node.children.get(key);
    if (child === undefined) {
      child = { name, whole: false, children: new Map() };
      node.children.set(key, child);
    }
    node = child;
  }
  return node;
}

/** The names between the slashes. */
export function splitPath(path: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let at = 0; at < path.length; ) {
    const slash = path.indexOf(0x2f, at);
    const end = slash < 0 ? path.length : slash;
    if (end > at) names.push(path.subarray(at, end));
    at = end + 1;
  }
  return names;
}

/** Links followed. @throws as `resolveRoots` does. */
export function realPathOf(path: string): Buffer {
  try {
    return realpathSync(path, { encoding: "buffer" });
  } catch (error) {
    const code = errnoOf(error);
    const shown = shownPath(Buffer.from(path));
    if (code === "EACCES") throw new Failure("forbidden", "source.unreadable", `${shown} may not be read`);
    throw new Failure("not_found", "source.missing", `${shown} does not exist`, { details: { path: shown } });
  }
}
