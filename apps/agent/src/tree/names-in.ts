import { readdirSync } from "node:fs";
import { compareNames, isEntryName } from "@casaforte/arena";
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

/** What is walked in a directory, in the order in which it is written. @throws the system's error. */
export function namesIn(place: Place, { node, isWhole }: Within): Buffer[] {
  const own = [...(node?.children.values() ?? [])].map(({ name }) => name);
  if (!isWhole) return own.sort(compareNames);
  const found = readdirSync(place.path, { encoding: "buffer" }).filter(isEntryName);
  // A command's output is on no disk.
  const made = own.filter((name) => !found.some((other) => other.equals(name)));
  return [...found, ...made].sort(compareNames);
}
