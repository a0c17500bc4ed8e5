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
  /** Below which path they hold; where several do, those of the longest. */
  readonly under: string;
  /** Only what fits, and what lies in a directory that does; an empty list lets everything through. */
  readonly include: PatternList;
  readonly exclude: PatternList;
  /** Caches that say so themselves, with a CACHEDIR.TAG, are kept as empty directories. */
  readonly excludeCaches: boolean;
  readonly oneFileSystem: boolean;
}

/** Whether these rules leave nothing out. */
export const keepAll = (rules: readonly ScanRules[]): boolean =>
  rules.every(
    ({ include, exclude, excludeCaches, oneFileSystem }) =>
      include.isEmpty && exclude.isEmpty && !excludeCaches && !oneFileSystem,
  );

/** Decides what under a root is left out of a backup. A root itself is always kept: somebody asked for it by name. */
export class ScanFilter {
  readonly #rules: readonly (ScanRules & { readonly prefix: Buffer })[];
  readonly #onNote: OnNote;

  constructor(rules: readonly ScanRules[], onNote: OnNote) {
    const sorted = rules.map((rule) => ({ ...rule, prefix: Buffer.from(rule.under.replace(/\/*$/, "/")) }));
    this.#rules = sorted.sort((a, b) => b.prefix.length - a.prefix.length);
    this.#onNote = onNote;
  }

  /** Everything is kept: nothing need be asked. */
  get keepsAll(): boolean {
    return keepAll(this.#rules);
  }

  fateOf(candidate: Candidate): Fate {
    const { shown } = candidate;
    const rules = this.#rules.find(({ prefix }) => shown.subarray(0, prefix.length).equals(prefix));
    if (rules === undefined) return "keep";
    const { exclude, excludeCaches, oneFileSystem } = rules;
    if (exclude.matches(shown, candidate.isDirectory)) return "leave_out";
    if (!candidate.isDirectory) return isIncluded(rules.include, shown, rules.prefix.length) ? "keep" : "leave_out";
    if (oneFileSystem && candidate.isOtherFileSystem) {
      const message = "another file system is mounted here: left out";
      this.#onNote({ level: "told", code: "other_file_system", path: candidate.shown, message });
      return "empty";
    }
    return excludeCaches && isTaggedCache(candidate.path) ? "empty" : "keep";
  }
}

/** The file itself fits, or one of the directories it lies in. */
function isIncluded(include: PatternList, path: RawPath, from: number): boolean {
  if (include.isEmpty || include.matches(path, false)) return true;
  for (let slash = path.indexOf(0x2f, from); slash >= 0; slash = path.indexOf(0x2f, slash + 1)) {
    if (include.matches(path.subarray(0, slash), true)) return true;
  }
  return false;
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
