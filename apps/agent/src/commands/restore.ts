import { mkdirSync, readdirSync, realpathSync } from "node:fs";
import { openArena } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { openChain } from "../chain/chain-image.ts";
import { chunkHash } from "../chain/chunk-hash.ts";
import type { ShownNote } from "../notes.ts";
import { splitPath } from "../tree/roots.ts";
import { writeTree } from "../tree/write-tree.ts";
import type { ReadContext } from "./context.ts";

export interface RestoreInput {
  readonly target: string;
  /** Absolute paths as they were on the device; empty for all. */
  readonly paths: readonly string[];
  /** Write into a directory that has something in it; what has the same name is replaced. */
  readonly force: boolean;
}

export interface RestoreResult {
  readonly result: "ok" | "partial";
  readonly pointId: string;
  readonly entries: number;
  readonly bytes: number;
  readonly lost: number;
  readonly notes: readonly ShownNote[];
}

/** Restores a point under the target. Damage costs the files it hits, and they are named. @throws invalid `agent.usage`. */
export async function restore(context: ReadContext, input: RestoreInput): Promise<RestoreResult> {
  const { vault, storageKey, point, notes, signal } = context;
  const target = prepareTarget(input);
  using image = await openChain({ vault, storageKey, chainId: point.chainId, pointId: point.pointId, signal });
  const reader = await openArena((block) => image.readBlock(block), chunkHash);
  const figures = await writeTree({
    reader,
    target,
    only: input.paths.length === 0 ? null : input.paths.map((path) => splitPath(Buffer.from(path))),
    asRoot: process.getuid?.() === 0,
    onNote: notes.add,
    onProgress: ({ entries, bytes }) => context.onProgress({ phase: "restoring", files: entries, bytes, sentBytes: 0 }),
    signal,
  });
  if (figures.entries === 0 && input.paths.length > 0 && notes.lost === 0) {
    throw new Failure("not_found", "agent.path", "the restore point has nothing at that path");
  }
  return {
    result: notes.lost > 0 ? "partial" : "ok",
    pointId: point.pointId,
    entries: figures.entries,
    bytes: figures.bytes,
    lost: notes.lost,
    notes: notes.kept,
  };
}

function prepareTarget({ target, force }: RestoreInput): Buffer {
  mkdirSync(target, { recursive: true, mode: 0o700 });
  if (!force && readdirSync(target).length > 0) {
    throw new Failure("invalid", "agent.usage", `${target} is not empty: choose another directory or use --force`);
  }
  return realpathSync(target, { encoding: "buffer" });
}
