import { chmodSync, fchmodSync, fchownSync, lchownSync } from "node:fs";
import type { Entry, EntryAttributes } from "@casaforte/arena";
import { type RawPath, setFileTimes, setFileXattr, setTimes, setXattr } from "../posix.ts";
import { reasonOf } from "./note.ts";

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
    mode: () => (entry.type === "symlink" ? undefined : chmodSync(path, entry.mode)),
    times: () => setTimes(path, entry.accessedNs, entry.modifiedNs),
  });
}

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
