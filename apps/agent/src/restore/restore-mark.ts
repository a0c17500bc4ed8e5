import { closeSync, constants, fstatSync, openSync, readFileSync, rmSync } from "node:fs";
import { besideEnding, replaceFile } from "../state/replace-file.ts";
import { errnoOf } from "../tree/note.ts";
import { type ConflictChoice, conflictChoices } from "./conflict.ts";

/** What a restore that is under way was told. */
export interface Mark {
  readonly pointId: string;
  /** Both absent in what an agent before wrote. */
  readonly choice?: ConflictChoice;
  /** Which part of the point was asked for, as one text that no other part has. */
  readonly asked?: string | undefined;
}

/**
 * A small file that says "a restore of this point is under way here", so that the next one goes on instead of refusing
 * a directory that is not empty. It goes away when the restore ends. Others may write where it lies: whatever they put
 * under its name is neither followed nor written into.
 */
export class RestoreMark {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Of the restore that was interrupted here, or null. */
  read(): Mark | null {
    try {
      const { pointId, choice, asked } = JSON.parse(this.#text()) as Partial<Record<keyof Mark, unknown>>;
      if (typeof pointId !== "string") return null;
      const kept = conflictChoices.find((known) => known === choice);
      return kept === undefined || typeof asked !== "string" ? { pointId } : { pointId, choice: kept, asked };
    } catch (error) {
      // A mark that was being written when the machine went down says nothing, nor does anything else in its place.
      if (["ENOENT", "ELOOP", "ENXIO", "EISDIR"].includes(errnoOf(error)) || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  /** On the disk before the first file is. */
  write(mark: Mark): void {
    replaceFile(this.#path, JSON.stringify(mark), "others");
  }

  clear(): void {
    rmSync(this.#path, { force: true });
  }

  #text(): string {
    const fd = openSync(this.#path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return fstatSync(fd).isFile() ? readFileSync(fd, "utf8") : "";
    } finally {
      closeSync(fd);
    }
  }
}

export const markName = ".casaforte-restore.json";

/** Whether a name in a target is the mark's, or what is left of writing it. */
export const isMarkName = (name: string): boolean => name === markName || name === `${markName}${besideEnding}`;
