import { openArena } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { chunkHash } from "../chain/chunk-hash.ts";
import type { ShownNote } from "../notes.ts";
import type { ConflictChoice } from "../restore/conflict.ts";
import { Placement } from "../restore/placement.ts";
import { type PreviewFigures, type PreviewLine, preview } from "../restore/preview.ts";
import { type Destination, openTarget, type Target } from "../restore/target.ts";
import type { Selection } from "../select/selection.ts";
import type { AgentHome } from "../state/home.ts";
import { isFullDisk } from "../tree/note.ts";
import { type WriteFigures, writeTree } from "../tree/write-tree.ts";
import type { ReadContext } from "./context.ts";
import { openPoint } from "./open-point.ts";

export interface RestoreInput {
  readonly destination: Destination;
  readonly selection: Selection;
  /** Somebody named paths or patterns: finding nothing is an error then. */
  readonly isLimited: boolean;
  /** The selection as one text: an interrupted restore is gone on with for the same one alone. Where it is absent, nobody asks. */
  readonly asked?: string;
  /** Required when something may be in the way. */
  readonly onConflict: ConflictChoice | undefined;
  readonly check: boolean;
  readonly home: AgentHome;
}

export interface RestoreResult extends WriteFigures {
  readonly result: "ok" | "partial";
  readonly pointId: string;
  /** An interrupted restore of the same point was gone on with. */
  readonly resumed: boolean;
  readonly lost: number;
  readonly notes: readonly ShownNote[];
}

export interface PreviewResult extends PreviewFigures {
  readonly result: "ok" | "partial";
  readonly pointId: string;
  readonly lost: number;
  readonly notes: readonly ShownNote[];
}

/**
 * Restores a point. Damage costs the files it hits, and they are named; what is there already as the point has it is
 * not fetched. Interrupted, it goes on when it is called again with the same destination.
 * @throws invalid `agent.usage`, over_quota `agent.disk_full`, not_found `agent.path`.
 */
export async function restore(context: ReadContext, input: RestoreInput): Promise<RestoreResult> {
  const { point, notes, signal } = context;
  const target = openTarget({ ...input, pointId: point.pointId, dryRun: false });
  using image = await openPoint(context, { pooled: true });
  const reader = await openArena((block) => image.readBlock(block), chunkHash);
  target.mark.write({ pointId: point.pointId, choice: target.choice, asked: input.asked });
  const figures = await writeTree({
    reader,
    port: image.files,
    target: target.path,
    selection: input.selection,
    placement: new Placement(reader, target.choice, target.resumes),
    check: input.check,
    asRoot: process.getuid?.() === 0,
    onNote: notes.add,
    onProgress: ({ entries, bytes }) => context.onProgress({ phase: "restoring", files: entries, bytes, sentBytes: 0 }),
    signal,
  }).catch((error: unknown) => {
    throw fullDisk(error, target);
  });
  target.mark.clear();
  if (input.isLimited && figures.entries === 0 && figures.kept === 0 && notes.lost === 0) throw nothingThere();
  return {
    result: notes.lost > 0 ? "partial" : "ok",
    pointId: point.pointId,
    resumed: target.resumes,
    ...figures,
    lost: notes.lost,
    notes: notes.kept,
  };
}

/** Says what `restore` would do, and writes nothing. */
export async function previewRestore(
  context: ReadContext,
  input: RestoreInput,
  onLine: (line: PreviewLine) => void,
): Promise<PreviewResult> {
  const { point, notes, signal } = context;
  const target = openTarget({ ...input, pointId: point.pointId, dryRun: true });
  using image = await openPoint(context);
  const reader = await openArena((block) => image.readBlock(block), chunkHash);
  const placement = new Placement(reader, target.choice, target.resumes);
  const { selection } = input;
  const walk = { reader, selection, placement, target: target.path, onNote: notes.add, signal };
  let lines = 0;
  const figures = await preview(walk, (line) => {
    lines++;
    onLine(line);
  });
  if (input.isLimited && lines === 0 && notes.lost === 0) throw nothingThere();
  const result = notes.lost > 0 ? "partial" : "ok";
  return { result, pointId: point.pointId, ...figures, lost: notes.lost, notes: notes.kept };
}

const nothingThere = () => new Failure("not_found", "agent.path", "the restore point has nothing at that path");

function fullDisk(error: unknown, target: Target): unknown {
  if (!isFullDisk(error)) return error;
  const message = `the disk of ${target.path.toString()} is full: make room and run the same command again, it goes on where it stopped`;
  return new Failure("over_quota", "agent.disk_full", message, { cause: error });
}
