import { constants, type FileHandle, open, readFile } from "node:fs/promises";
import { Failure } from "@casaforte/kernel";

/** A text file that only grows, one line at a time; for evidence kept outside the database. */
export interface AppendFile {
  /** Resolves when the line would survive a power cut. @throws unavailable `append_file.io`. */
  append(line: string): Promise<void>;
  /** Every complete line so far. A line torn by a crash was never acknowledged and is left out. */
  readLines(): Promise<readonly string[]>;
  /** The last complete line, without reading the whole file; null when there is none. */
  lastLine(): Promise<string | null>;
}

/** Ends a line that a crash tore off (ASCII CAN): the file cannot be cut, so the rest is declared void instead. */
const voided = "\u0018";
const newline = 0x0a;

/** Opens for each line anew, so that an administrator may rotate or mount the file (`chattr +a`) under a running program. */
export function openAppendFile(path: string): AppendFile {
  return {
    async append(line) {
      let file: FileHandle | undefined;
      try {
        file = await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o640);
        const isTorn = await endsTorn(file);
        await file.write(`${isTorn ? `${voided}\n` : ""}${line.replace(/[\n\u0018]/g, " ")}\n`);
        await file.datasync();
      } catch (cause) {
        throw new Failure("unavailable", "append_file.io", "the append-only file cannot be written", { cause });
      } finally {
        await file?.close();
      }
    },
    async readLines() {
      return complete(await reading(() => readFile(path, "utf8"), ""), true);
    },
    async lastLine() {
      const file = await reading(() => open(path, "r"), null);
      if (file === null) return null;
      try {
        return await lastLineOf(file);
      } finally {
        await file.close();
      }
    },
  };
}

async function reading<Result, None>(read: () => Promise<Result>, none: None): Promise<Result | None> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return none;
    throw new Failure("unavailable", "append_file.io", "the append-only file cannot be read", { cause });
  }
}

async function endsTorn(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  return last[0] !== newline;
}

/** Lines that end with a newline and are not void. `fromStart` is false when the first piece may be half a line. */
function complete(text: string, fromStart: boolean): string[] {
  return text
    .split("\n")
    .slice(fromStart ? 0 : 1, -1)
    .filter((line) => !line.endsWith(voided));
}

/** Reads ever more of the end until a complete line is in it. */
async function lastLineOf(file: FileHandle): Promise<string | null> {
  const { size } = await file.stat();
  for (let length = 64 * 1024; ; length *= 4) {
    const from = Math.max(0, size - length);
    const bytes = Buffer.alloc(size - from);
    await file.read(bytes, 0, bytes.length, from);
    const line = complete(bytes.toString("utf8"), from === 0).at(-1);
    if (line !== undefined) return line;
    if (from === 0) return null;
  }
}
