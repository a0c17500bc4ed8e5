import type { BigIntStats } from "node:fs";
import type { Entry } from "@casaforte/arena";

/** What happens to a name that is taken where a point is restored to. Directories are always joined. */
export const conflictChoices = ["keep", "overwrite", "rename", "newer"] as const;
export type ConflictChoice = (typeof conflictChoices)[number];

/** What is done with one entry. `same`: what lies there is already it, of a file byte for byte. */
export type Decision = "create" | "join" | "overwrite" | "keep" | "rename" | "same";

/**
 * Decides from what lies there and what the point has. `isSame` is asked only for what would be replaced or put beside:
 * whoever has it already need not fetch it. @throws `EISDIR` for a directory that would have to give way: with
 * what is in it, it never does.
 */
export async function decide(
  entry: Entry,
  existing: BigIntStats | null,
  choice: ConflictChoice,
  isSame: (existing: BigIntStats) => Promise<boolean>,
): Promise<Decision> {
  if (existing === null) return "create";
  if (entry.type === "directory" && existing.isDirectory()) return "join";
  if (choice === "keep") return "keep";
  if (choice === "newer" && existing.mtimeNs >= entry.modifiedNs) return "keep";
  if (await isSame(existing)) return "same";
  if (choice === "rename") return "rename";
  if (existing.isDirectory()) throw Object.assign(new Error("a directory of this name stays"), { code: "EISDIR" });
  return "overwrite";
}
