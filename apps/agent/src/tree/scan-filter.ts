import { closeSync, constants, openSync, readSync } from "node:fs";
import type { RawPath } from "../posix.ts";
import type { PatternList } from "../select/pattern-list.ts";
import type { OnNote } from "./note.ts";

export interface Candidate {
  /** Absolute, as people see it: rules are about this. */
  readonly shown: RawPath;
  /** For system calls. */
  readonly path: RawPath;
  readonly isDirectory: boolean;
  /** A directory on another file system than the one above it. */
  readonly isOtherFileSystem: boolean;
}

/** `empty` keeps the directory itself and leaves out what is in it. */
export type Fate = "keep" | "leave_out" | "empty";

export interface ScanRules {
  readonly exclude: PatternList;
  /** Caches that say so themselves, with a CACHEDIR.TAG, are kept as empty directories. */
  readonly excludeCaches: boolean;
  readonly oneFileSystem: boolean;
}

/** Decides what under a root is left out of a backup. A root itself is always kept: somebody asked for it by name. */
export class ScanFilter {
  readonly #rules: ScanRules;
  readonly #onNote: OnNote;

  constructor(rules: ScanRules, onNote: OnNote) {
    this.#rules = rules;
    this.#onNote = onNote;
  }

  fateOf(candidate: Candidate): Fate {
    const { exclude, excludeCaches, oneFileSystem } = this.#rules;
    if (exclude.matches(candidate.shown, candidate.isDirectory)) return "leave_out";
    if (!candidate.isDirectory) return "keep";
    if (oneFileSystem && candidate.isOtherFileSystem) {
      const message = "another file system is mounted here: left out";
      this.#onNote({ level: "told", code: "other_file_system", path: candidate.shown, message });
      return "empty";
    }
    return excludeCaches && isTaggedCache(candidate.path) ? "empty" : "keep";
  }
}

/** Cache Directory Tagging Specification: the tag file begins with this line. */
const signature = Buffer.from("Signature: 8a477f597d28d172789f06886806bc55");

function isTaggedCache(directory: RawPath): boolean {
  let fd: number;
  try {
    const tag = Buffer.concat([directory, Buffer.from("/CACHEDIR.TAG")]);
    fd = openSync(tag, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return false;
  }
  try {
    const head = Buffer.alloc(signature.length);
    return readSync(fd, head, 0, head.length, 0) === head.length && head.equals(signature);
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}
