import { KnownDirectories } from "../tree/known-directories.ts";
import type { AgentHome } from "./home.ts";

const fileName = "directories.json";

/** What runs before found out; without it, or where it is damaged, a run compares all that it meets. */
export function keptDirectories(home: AgentHome): KnownDirectories {
  let kept: unknown;
  try {
    kept = home.readJson<unknown>(fileName);
  } catch {
    kept = null;
  }
  return new KnownDirectories(Buffer.from(typeof kept === "string" ? kept : "", "base64"));
}

/** For the next run, which can do without. What is true of a content stays so, whatever becomes of this run. */
export function keepDirectories(home: AgentHome, directories: KnownDirectories): void {
  const kept = directories.kept();
  try {
    if (kept !== null) home.writeJson(fileName, kept.toString("base64"));
  } catch {
    // A full disk ends a run where something of it would be lost.
  }
}
