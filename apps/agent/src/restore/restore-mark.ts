import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { errnoOf } from "../tree/note.ts";

interface Mark {
  readonly pointId: string;
}

/**
 * A small file that says "a restore of this point is under way here", so that the next one goes on instead of refusing
 * a directory that is not empty. It goes away when the restore ends.
 */
export class RestoreMark {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The point whose restore was interrupted here, or null. */
  read(): string | null {
    try {
      const mark = JSON.parse(readFileSync(this.#path, "utf8")) as Partial<Mark>;
      return typeof mark.pointId === "string" ? mark.pointId : null;
    } catch (error) {
      // A mark that was being written when the machine went down says nothing.
      if (errnoOf(error) === "ENOENT" || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  /** On the disk before the first file is. */
  write(pointId: string): void {
    const fd = openSync(this.#path, "w", 0o600);
    try {
      writeSync(fd, JSON.stringify({ pointId } satisfies Mark));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  clear(): void {
    rmSync(this.#path, { force: true });
  }
}

export const markName = ".casaforte-restore.json";
