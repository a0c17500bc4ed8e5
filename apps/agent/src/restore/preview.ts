import { isFileTrouble, reasonOf, shownPath } from "../tree/note.ts";
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
  const { placement } = options;
  /** A kept file in a directory's place keeps everything that would lie in that directory away too. */
  let hidden: Buffer | null = null;
  /** In a directory that would be made nothing can be in the way, whatever its name leads to now. */
  let made: Buffer | null = null;
  /** What leads no further, and why. */
  let blocked: { readonly below: Buffer; readonly error: unknown } | null = null;
  for await (const { entry, path, wanted } of walkPoint(options)) {
    if (isBelow(hidden, path)) continue;
    hidden = null;
    const inside = Buffer.concat([path, slash]);
    const target = options.target.length === 1 ? path : Buffer.concat([options.target, path]);
    if (!isBelow(blocked?.below ?? null, path)) blocked = null;
    try {
      if (!wanted) {
        if (blocked === null) placement.lead(target);
        continue;
      }
      if (blocked !== null) throw blocked.error;
      const decision = isBelow(made, path) ? "create" : await placement.decide(entry, target);
      if (decision === "join") continue;
      if (entry.type === "directory") {
        if (decision === "keep") hidden = inside;
        else if (!isBelow(made, path)) made = inside;
      }
      const bytes = entry.type === "file" ? entry.content.sizeBytes : 0;
      figures[decision]++;
      if (decision !== "keep" && decision !== "same") figures.bytesToWrite += bytes;
      onLine({ decision, path: shownPath(target), bytes });
    } catch (error) {
      if (!isFileTrouble(error)) throw error;
      if (wanted) {
        hidden = inside;
        options.onNote({ level: "lost", code: "not_written", path: target, message: reasonOf(error) });
      } else blocked = { below: inside, error };
    }
  }
  return figures;
}

const slash = Buffer.from("/");

const isBelow = (prefix: Buffer | null, path: Buffer): boolean =>
  prefix !== null && path.subarray(0, prefix.length).equals(prefix);
