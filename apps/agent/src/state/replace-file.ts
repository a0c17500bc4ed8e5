import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** What a file is written under before it has its name: this, behind it. */
export const besideEnding = ".new";

/** Who may put names where the file lies: where others may, nothing of theirs is followed, nor written into. */
export type WhoWrites = "owner" | "others";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_TRUNC } = constants;
const flagsOf = { owner: O_WRONLY | O_CREAT | O_TRUNC, others: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW } as const;

/** Written beside, flushed, renamed: a crash leaves the old file or the new one, trouble the old. @throws the system's error. */
export function replaceFile(path: string, text: string, whoWrites: WhoWrites): void {
  const beside = `${path}${besideEnding}`;
  if (whoWrites === "others") rmSync(beside, { force: true });
  try {
    const fd = openSync(beside, flagsOf[whoWrites], 0o600);
    try {
      // Unlike `writeSync`, it goes on until all of it is written or there is no room.
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, path);
  } catch (error) {
    // On a full disk what is half written would take the room of the next run.
    removeQuietly(beside);
    throw error;
  }
}

/** What it cannot do is told by the error that made it necessary. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The next write goes over it.
  }
}
