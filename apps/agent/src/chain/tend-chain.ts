import { Failure } from "@casaforte/kernel";
import type { FileReply } from "@casaforte/vault";
import type { RunContext } from "../commands/context.ts";
import { composePoint } from "./compose-point.ts";

export interface ChainLimits {
  /** Increments on one full, before the newest is made a full. */
  readonly incrementsMax: number;
  /** Plain bytes of mostly dead blocks that the next run may send again. */
  readonly repackBytesMax: number;
}

export interface ChainAfter {
  /** The chain's, as they are after the run. */
  readonly files: readonly FileReply[];
  /** As the vault named it before the run. */
  readonly mergePointId: string | null;
}

/**
 * After a run: makes the newest point a full when too many increments stand on the last one, or the point that the vault
 * names, whose ancestors are kept for it alone. Nothing is read from the disk and no block is sent. Trouble here costs
 * no point: it is told, and the next run tries again.
 */
export async function tendChain(context: RunContext, limits: ChainLimits, after: ChainAfter): Promise<void> {
  const { notes, signal } = context;
  const { files, mergePointId } = after;
  try {
    const sinceFull = files.length - 1 - files.findLastIndex((file) => file.kind === "vbk");
    const newest = sinceFull >= limits.incrementsMax ? files.at(-1)?.pointId : undefined;
    for (const pointId of [mergePointId, newest])
      if (pointId) await composePoint(context, { pointId, repackBytesMax: limits.repackBytesMax });
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Failure)) throw error;
    notes.add({ level: "told", code: "chain_not_composed", path: Buffer.from("-"), message: error.message });
  }
}
