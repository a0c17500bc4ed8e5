import { chmodSync, closeSync, constants, fchmodSync, fchownSync, fstatSync, lchownSync, openSync } from "node:fs";
import type { Entry, EntryAttributes } from "@casaforte/arena";
import { type RawPath, setFileTimes, setFileXattr, setTimes, setXattr } from "../posix.ts";
import { errnoOf, reasonOf } from "./note.ts";

/** What of an entry is set on the disk. */
export type SetAttributes = Pick<
  EntryAttributes,
  "userId" | "groupId" | "mode" | "accessedNs" | "modifiedNs" | "xattrs"
>;

export interface AttributeOptions {
  readonly asRoot: boolean;
  /** One attribute that the file system or our rights refuse: the file is kept. */
  readonly onRefused: (message: string) => void;
}

/** By name; a link's own, never its target's. */
export function applyAttributes(entry: Entry, path: RawPath, options: AttributeOptions): void {
  apply(entry, options, {
    owner: () => lchownSync(path, entry.userId, entry.groupId),
    xattr: (name, value) => setXattr(path, name, value),
    mode: () => (entry.type === "symlink" ? undefined : setMode(path, entry.mode)),
    times: () => setTimes(path, entry.accessedNs, entry.modifiedNs),
  });
}

/** Not a link's target's: whoever may write in the directory may have put one there since the name was made. */
function setMode(path: RawPath, mode: number): void {
  const fd = openSync(path, openPath | constants.O_NOFOLLOW);
  try {
    if (fstatSync(fd).isSymbolicLink()) {
      throw Object.assign(new Error("a link has come into its place"), { code: "ELOOP" });
    }
    // What was opened so can be changed by this name alone.
    chmodSync(`/proc/self/fd/${fd}`, mode);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    // A system that is being put up again may have no /proc yet; then nobody else works on it either.
    chmodSync(path, mode);
  } finally {
    closeSync(fd);
  }
}

/** Linux's O_PATH, which Node does not name: a hold on what bears the name, whatever may be done with it. */
const openPath = 0o10000000;

/** On an open file: whatever its name leads to by then, the attributes land on what was written. */
export function applyFileAttributes(attributes: SetAttributes, fd: number, options: AttributeOptions): void {
  apply(attributes, options, {
    owner: () => fchownSync(fd, attributes.userId, attributes.groupId),
    xattr: (name, value) => setFileXattr(fd, name, value),
    mode: () => fchmodSync(fd, attributes.mode),
    times: () => setFileTimes(fd, attributes.accessedNs, attributes.modifiedNs),
  });
}

interface Setters {
  readonly owner: () => void;
  readonly xattr: (name: string, value: Uint8Array) => void;
  readonly mode: () => void;
  readonly times: () => void;
}

/**
 * Owner first, since the kernel drops setuid and file capabilities when it changes; mode after the ACLs, whose mask it
 * is; times last.
 */
function apply({ xattrs }: SetAttributes, { asRoot, onRefused }: AttributeOptions, set: Setters): void {
  const attempt = (what: string, act: () => void) => {
    try {
      act();
    } catch (error) {
      onRefused(`${what}: ${reasonOf(error)}`);
    }
  };
  if (asRoot) attempt("owner", set.owner);
  for (const { name, value } of xattrs) {
    // Security labels and trusted attributes are the administrator's; without rights they are no loss of the user's.
    if (!asRoot && !name.startsWith("user.") && !name.startsWith("system.")) continue;
    attempt(`attribute ${name}`, () => set.xattr(name, value));
  }
  attempt("mode", set.mode);
  attempt("times", set.times);
}
