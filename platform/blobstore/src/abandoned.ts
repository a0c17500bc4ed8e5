import { opendir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** A file that nobody has written to since: its writer is gone. */
export async function removeAbandoned(path: string, beforeMs: number): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (found !== null && found.mtimeMs < beforeMs) await rm(path, { force: true });
}

/** All such files of a folder. */
export async function sweepAbandoned(folder: string, beforeMs: number): Promise<void> {
  for await (const { name } of await opendir(folder)) await removeAbandoned(join(folder, name), beforeMs);
}
