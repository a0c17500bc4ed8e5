import { constants, type FileHandle, open, readFile } from "node:fs/promises";
import { Failure } from "@casaforte/kernel";

/** A text file that only grows, one line at a time; for evidence kept outside the database. */
export interface AppendFile {
  /** Resolves when the line would survive a power cut. @throws unavailable `append_file.io`. */
  append(line: string): Promise<void>;
  /** Every complete line so far; a last line without its newline was never acknowledged and is left out. */
  readLines(): Promise<readonly string[]>;
}

/** Opens for each line anew, so that an administrator may rotate or mount the file (`chattr +a`) under a running program. */
export function openAppendFile(path: string): AppendFile {
  return {
    async append(line) {
      let file: FileHandle | undefined;
      try {
        file = await open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o640);
        await file.write(`${line.replaceAll("\n", " ")}\n`);
        await file.datasync();
      } catch (cause) {
        throw new Failure("unavailable", "append_file.io", "the append-only file cannot be written", { cause });
      } finally {
        await file?.close();
      }
    },
    async readLines() {
      try {
        return (await readFile(path, "utf8")).split("\n").slice(0, -1);
      } catch (cause) {
        if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
        throw new Failure("unavailable", "append_file.io", "the append-only file cannot be read", { cause });
      }
    },
  };
}
