import { shownPath } from "../tree/note.ts";
import type { Decision } from "./conflict.ts";
import type { Placement } from "./placement.ts";
import { type WalkOptions, walkPoint } from "./walk-point.ts";

/** One line of a preview. */
export interface PreviewLine {
  readonly decision: Exclude<Decision, "join">;
  readonly path: string;
  readonly bytes: number;
}

export interface PreviewFigures {
  create: number;
  overwrite: number;
  keep: number;
  rename: number;
  same: number;
  /** Sum of the sizes of the files that would be written. */
  bytesToWrite: number;
}

/** What a restore would do, without doing it: each name goes to `onLine`, the sums come back. */
export async function preview(
  options: WalkOptions & { readonly target: Buffer; readonly placement: Placement },
  onLine: (line: PreviewLine) => void,
): Promise<PreviewFigures> {
  const figures: PreviewFigures = { create: 0, overwrite: 0, keep: 0, rename: 0, same: 0, bytesToWrite: 0 };
  /** A kept file in a directory's place keeps everything that would lie in that directory away too. */
  let hidden: Buffer | null = null;
  for await (const { entry, path, wanted } of walkPoint(options)) {
    if (!wanted || (hidden !== null && path.subarray(0, hidden.length).equals(hidden))) continue;
    hidden = null;
    const target = options.target.length === 1 ? path : Buffer.concat([options.target, path]);
    const decision = await options.placement.decide(entry, target);
    if (decision === "join") continue;
    if (decision === "keep" && entry.type === "directory") hidden = Buffer.concat([path, Buffer.from("/")]);
    const bytes = entry.type === "file" ? entry.content.sizeBytes : 0;
    figures[decision]++;
    if (decision !== "keep" && decision !== "same") figures.bytesToWrite += bytes;
    onLine({ decision, path: shownPath(target), bytes });
  }
  return figures;
}
