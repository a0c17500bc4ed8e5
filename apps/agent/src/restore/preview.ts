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
  const places = new Places(options.target);
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
    const target = places.of(path);
    if (!isBelow(blocked?.below ?? null, path)) blocked = null;
    try {
      if (!wanted) {
        if (blocked === null) placement.lead(target);
        continue;
      }
      if (blocked !== null) throw blocked.error;
      const placed = isBelow(made, path) ? null : await placement.decide(entry, target);
      const decision = placed?.decision ?? "create";
      const lies = Buffer.concat([target.subarray(0, -entry.name.length), placed?.name ?? entry.name]);
      if (decision === "join") {
        places.move(inside, lies);
        continue;
      }
      if (entry.type === "directory") {
        if (decision === "keep") hidden = inside;
        else if (!isBelow(made, path)) made = inside;
      }
      const bytes = entry.type === "file" ? entry.content.sizeBytes : 0;
      figures[decision]++;
      if (decision !== "keep" && decision !== "same") figures.bytesToWrite += bytes;
      onLine({ decision, path: shownPath(lies), bytes });
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

/** Where the paths of a point lie in a target: some below a directory that an interrupted restore put beside its name. */
class Places {
  readonly #moved: { readonly inside: Buffer; readonly to: Buffer }[];

  constructor(target: Buffer) {
    this.#moved = [{ inside: slash, to: target.length === 1 ? slash : Buffer.concat([target, slash]) }];
  }

  /** Asked in the order of the walk. */
  of(path: Buffer): Buffer {
    while (!isBelow(this.#moved.at(-1)?.inside ?? slash, path)) this.#moved.pop();
    const { inside = slash, to = slash } = this.#moved.at(-1) ?? {};
    return Buffer.concat([to, path.subarray(inside.length)]);
  }

  move(inside: Buffer, to: Buffer): void {
    this.#moved.push({ inside, to: Buffer.concat([to, slash]) });
  }
}

const slash = Buffer.from("/");

const isBelow = (prefix: Buffer | null, path: Buffer): boolean =>
  prefix !== null && path.subarray(0, prefix.length).equals(prefix);
