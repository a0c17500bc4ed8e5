import { readdirSync } from "node:fs";
import { nameBytesMax } from "@casaforte/arena";
import type { Place } from "./place.ts";
import type { RootNode } from "./roots.ts";

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

/**
 * What is walked in a directory, in the order in which it is written: the raw bytes of names, as latin1, which sorts as they
 * do and is made faster. @throws the system's error.
 */
export function namesIn(place: Place, { node, isWhole }: Within): string[] {
  const own = [...(node?.children.keys() ?? [])];
  if (!isWhole) return own.sort();
  const found = readdirSync(place.path, { encoding: "latin1" }).filter(isName);
  // A command's output is on no disk.
  const made = own.filter((name) => !found.includes(name));
  return [...found, ...made].sort();
}

/** A file system in a program of its own may say anything. */
const isName = (name: string): boolean => name.length <= nameBytesMax && /^(?!\.{1,2}$)[^/\0]+$/.test(name);
