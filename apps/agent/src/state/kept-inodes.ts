import { DirectoryInodes } from "../tree/directory-inodes.ts";
import type { AgentHome } from "./home.ts";

const fileName = "inodes.json";

interface KeptInodes {
  readonly pointId: string;
  /** In base64. */
  readonly directories: string;
}

/** What was kept of a point; nothing of any other, of none, and where the file is missing or damaged. */
export function keptInodes(home: AgentHome, pointId: string | undefined): DirectoryInodes {
  let kept: Partial<KeptInodes> | null;
  try {
    kept = home.readJson<Partial<KeptInodes>>(fileName);
  } catch {
    kept = null;
  }
  const isOfPoint = pointId !== undefined && kept?.pointId === pointId && typeof kept.directories === "string";
  return new DirectoryInodes(isOfPoint ? Buffer.from(kept?.directories ?? "", "base64") : undefined);
}

/** For a point that is committed. The run after it can do without, at the price of reading all files. */
export function keepInodes(home: AgentHome, pointId: string, inodes: DirectoryInodes): void {
  const kept: KeptInodes = { pointId, directories: inodes.kept().toString("base64") };
  try {
    home.writeJson(fileName, kept);
  } catch {
    // The point is there, whatever becomes of this.
  }
}
