import { readdirSync } from "node:fs";
import { nameBytesMax } from "@casaforte/arena";
import type { RawPath } from "../posix.ts";
import type { Place } from "./place.ts";
import type { RootNode } from "./roots.ts";
import type { SeenTree } from "./seen-tree.ts";

/** What is kept of a directory. */
export interface Within {
  /** What was asked for by name, or is read elsewhere, in it. */
  readonly node: RootNode | null;
  /** Everything that no rule leaves out; else what leads to `node`'s own. */
  readonly isWhole: boolean;
}

/** Whether this, or something in it, was asked for by name. */
export const isAsked = (node: RootNode | null): boolean =>
  node !== null && (node.whole || node.supply !== undefined || [...node.children.values()].some(isAsked));

/** The raw bytes of a directory's names, as latin1, which sorts as they do and is made faster. @throws the system's error. */
export const namesUnder = (path: RawPath): readonly string[] =>
  readdirSync(path, { encoding: "latin1" }).filter(isName).sort();

/**
 * What is walked in a directory, in the order in which it is written; what was looked at before is not looked at again.
 * @throws the system's error.
 */
export function namesIn(place: Place, { node, isWhole }: Within, early?: SeenTree): readonly string[] {
  const own = [...(node?.children.keys() ?? [])];
  if (!isWhole) return own.sort();
  place.seen = early?.take(place.path.toString("latin1")) ?? null;
  const found = place.seen?.names ?? namesUnder(place.path);
  // A command's output is on no disk.
  const made = own.filter((name) => !found.includes(name));
  return made.length === 0 ? found : [...found, ...made].sort();
}

/** A file system in a program of its own may say anything. */
const isName = (name: string): boolean => name.length <= nameBytesMax && /^(?!\.{1,2}$)[^/\0]+$/.test(name);
