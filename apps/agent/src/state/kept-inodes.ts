import { DirectoryInodes } from "../tree/directory-inodes.ts";
import type { AgentHome } from "./home.ts";

const fileName = "inodes.json";
/** Of a file whose commit nobody has heard of yet. */
const nextName = "inodes-next.json";

interface KeptInodes {
  /** Of the point's file, which a full made of it by compose stands for too. */
  readonly fileRoot: string;
  /** In base64. */
  readonly directories: string;
}

/** What was kept of the point of this file; nothing of any other, of none, and where what was kept is missing or damaged. */
export function keptInodes(home: AgentHome, fileRoot: string | undefined): DirectoryInodes {
  for (const name of [nextName, fileName]) {
    const kept = read(home, name);
    if (fileRoot !== undefined && kept?.fileRoot === fileRoot && typeof kept.directories === "string")
      return new DirectoryInodes(Buffer.from(kept.directories, "base64"));
  }
  return new DirectoryInodes();
}

function read(home: AgentHome, name: string): Partial<KeptInodes> | null {
  try {
    return home.readJson<Partial<KeptInodes>>(name);
  } catch {
    return null;
  }
}

/**
 * Kept before its file is committed: whoever is cut then, or loses the answer, or has a later run end the upload, has it.
 * The run after can do without, at the price of reading all files.
 */
export function keepInodes(home: AgentHome, fileRoot: string, inodes: DirectoryInodes): void {
  const kept: KeptInodes = { fileRoot, directories: inodes.kept().toString("base64") };
  try {
    home.writeJson(nextName, kept);
  } catch {
    // The point is made, whatever becomes of this.
  }
}

/** The file is committed: its parent's are of no use any more. */
export function settleInodes(home: AgentHome): void {
  try {
    home.rename(nextName, fileName);
  } catch {
    // There is none, or it is found under its first name as well.
  }
}
