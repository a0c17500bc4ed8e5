import { Failure } from "@casaforte/kernel";
import type { RawPath } from "../posix.ts";

/** How much a note matters: `lost` makes the result partial, `told` does not. */
export interface Note {
  readonly level: "lost" | "told";
  /** Stable: `unreadable`, `no_permission`, `changed_while_read`, `vanished`, `socket`, `pseudo_file_system`, `attribute`, `damaged`, … */
  readonly code: string;
  readonly path: RawPath;
  readonly message: string;
}

export type OnNote = (note: Note) => void;

/** A system call's error as one line. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/, [a-z]+ '.*$/s, "") : String(error);
}

/** `EACCES`, or the empty string when it is no system error. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Trouble with one name, as against trouble with the backup: an error number of the system that is no Failure of ours. */
export const isFileTrouble = (error: unknown): boolean =>
  !(error instanceof Failure) && /^E(?!RR_)[A-Z0-9]+$/.test(errnoOf(error));

/** What trouble with a name costs, which lies in a snapshot (`isFrozen`) or where it is used. */
export function troubleOf(error: unknown, isFrozen: boolean): Omit<Note, "path"> {
  // A name that went away between listing and reading was deleted by its owner: nothing is lost. Nobody does so in a snapshot.
  if (errnoOf(error) === "ENOENT" && !isFrozen)
    return { level: "told", code: "vanished", message: "deleted during the backup" };
  return { level: "lost", code: isForbidden(error) ? "no_permission" : "unreadable", message: reasonOf(error) };
}

/** Whether the one who runs the agent may not read it, as against what nobody can read. */
export const isForbidden = (error: unknown): boolean => ["EACCES", "EPERM"].includes(errnoOf(error));

export const isFullDisk = (error: unknown): boolean => ["ENOSPC", "EDQUOT"].includes(errnoOf(error));

/** Raw names on a terminal: bytes that are no UTF-8, and control characters, are shown as \xNN. */
export function shownPath(path: RawPath): string {
  const text = path.toString("utf8");
  const clean = Buffer.from(text).equals(path) ? text : path.toString("latin1").replace(/[\x80-\xff]/g, escaped);
  return clean.replace(/[\x00-\x1f\x7f]/g, escaped);
}

const escaped = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
