import { chmodSync, lchownSync } from "node:fs";
import type { Entry } from "@casaforte/arena";
import { type RawPath, setTimes, setXattr } from "../posix.ts";
import { type OnNote, reasonOf } from "./note.ts";

export interface AttributeTarget {
  readonly entry: Entry;
  readonly path: RawPath;
  readonly shown: RawPath;
}

/**
 * Owner first, since the kernel drops setuid and file capabilities when it changes; mode after the ACLs, whose mask it
 * is; times last. What the file system or our rights refuse is noted once per name, and the file is kept.
 */
export function applyAttributes(target: AttributeTarget, options: { asRoot: boolean; onNote: OnNote }): void {
  const { entry, path } = target;
  const attempt = (what: string, set: () => void) => {
    try {
      set();
    } catch (error) {
      const message = `${what}: ${reasonOf(error)}`;
      options.onNote({ level: "lost", code: "attribute", path: target.shown, message });
    }
  };
  if (options.asRoot) attempt("owner", () => lchownSync(path, entry.userId, entry.groupId));
  for (const { name, value } of entry.xattrs) {
    // Security labels and trusted attributes are the administrator's; without rights they are no loss of the user's.
    if (!options.asRoot && !name.startsWith("user.") && !name.startsWith("system.")) continue;
    attempt(`attribute ${name}`, () => setXattr(path, name, value));
  }
  if (entry.type !== "symlink") attempt("mode", () => chmodSync(path, entry.mode));
  attempt("times", () => setTimes(path, entry.accessedNs, entry.modifiedNs));
}
