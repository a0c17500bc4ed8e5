import type { PatternList } from "./pattern-list.ts";

/** What of a directory is wanted: all, nothing, what lies on the way to a path, or what a pattern still has to find. */
export type Want = "all" | "none" | "leading" | "searching";

export interface SelectionInput {
  /** Absolute paths as they were on the device; empty for the whole point. */
  readonly paths: readonly Buffer[];
  /** Within those paths, only what fits; an empty list lets everything through. */
  readonly include: PatternList;
  readonly exclude: PatternList;
}

/** Which entries of a restore point somebody asked for. */
export class Selection {
  readonly start: Want;
  readonly #input: SelectionInput;
  readonly #paths: readonly Buffer[];

  constructor(input: SelectionInput) {
    this.#input = input;
    this.#paths = input.paths.map(withoutLastSlash).filter((path) => path.length > 0);
    const limited = this.#paths.length > 0 && this.#paths.length === input.paths.length;
    this.start = limited ? "leading" : this.#inRegion();
  }

  /** What is wanted of an entry, given what was wanted of the directory it lies in. */
  of(path: Buffer, isDirectory: boolean, above: Want): Want {
    if (above === "none" || this.#input.exclude.matches(path, isDirectory)) return "none";
    if (above === "all") return "all";
    let want: Want = above;
    if (above === "leading") {
      if (!this.#paths.some((wanted) => wanted.equals(path))) return this.#leadsOn(path, isDirectory);
      want = this.#inRegion();
    }
    if (want === "searching" && !this.#input.include.matches(path, isDirectory)) {
      return isDirectory ? "searching" : "none";
    }
    return "all";
  }

  #leadsOn(path: Buffer, isDirectory: boolean): Want {
    const isOnTheWay = this.#paths.some(
      (wanted) =>
        wanted.length > path.length && wanted[path.length] === slash && wanted.subarray(0, path.length).equals(path),
    );
    return isDirectory && isOnTheWay ? "leading" : "none";
  }

  #inRegion(): Want {
    return this.#input.include.isEmpty ? "all" : "searching";
  }
}

const slash = 0x2f;

function withoutLastSlash(path: Buffer): Buffer {
  let end = path.length;
  while (end > 0 && path[end - 1] === slash) end--;
  return path.subarray(0, end);
}
