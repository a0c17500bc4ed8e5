import type { SetChange } from "../backend.ts";

/** The set after a change. */
export function applySetChange(current: ReadonlySet<string>, change: SetChange | undefined): ReadonlySet<string> {
  if (change === undefined) return current;
  if (change.kind === "replace") return new Set(change.values);
  return new Set([...current].filter((value) => !change.remove.includes(value)).concat(change.add));
}

export const setsEqual = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((value) => b.has(value));
