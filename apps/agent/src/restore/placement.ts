import { type BigIntStats, lstatSync } from "node:fs";
import type { ArenaReader, Entry } from "@casaforte/arena";
import type { RawPath } from "../posix.ts";
import { inTheWay } from "../tree/level.ts";
import { errnoOf } from "../tree/note.ts";
import { type ConflictChoice, type Decision, decide } from "./conflict.ts";
import { hasContent } from "./same-content.ts";

/** Decides entry by entry what a restore does, for the preview and for the restore itself. */
export class Placement {
  readonly choice: ConflictChoice;
  readonly #reader: ArenaReader;

  constructor(reader: ArenaReader, choice: ConflictChoice) {
    this.#reader = reader;
    this.choice = choice;
  }

  /** Looks at a directory that only leads to what is wanted. @throws the system's error, `ENOTDIR` for anything else there. */
  lead(path: RawPath): void {
    const existing = look(path);
    if (existing !== null && !existing.isDirectory()) throw inTheWay(path, existing.isSymbolicLink());
  }

  /** @throws the system's error, corrupt. */
  decide(entry: Entry, path: RawPath): Promise<Decision> {
    return decide(
      entry,
      look(path),
      this.choice,
      async () => entry.type === "file" && (await hasContent(this.#reader, entry.content, path)),
    );
  }
}

function look(path: RawPath): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return null;
    throw error;
  }
}
