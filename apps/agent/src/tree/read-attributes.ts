import type { BigIntStats } from "node:fs";
import { type EntryAttributes, type ExtendedAttribute, xattrsMax, xattrValueBytesMax } from "@casaforte/arena";
import { getXattr, listXattrs, type RawPath } from "../posix.ts";
import { type OnNote, reasonOf } from "./note.ts";
import type { Owners } from "./owners.ts";

export interface AttributeSource {
  readonly name: Buffer;
  /** For system calls. */
  readonly path: RawPath;
  /** For notes. */
  readonly shown: RawPath;
  readonly stats: BigIntStats;
}

/** Larger sets than any file system keeps in its inodes; beyond it the rest is noted and left out. */
const xattrBytesMax = 0x8_0000;

/** What an entry says of a file besides its content. */
export function readAttributes(source: AttributeSource, owners: Owners, onNote: OnNote): EntryAttributes {
  const { stats } = source;
  const userId = Number(stats.uid);
  const groupId = Number(stats.gid);
  return {
    name: source.name,
    mode: Number(stats.mode & 0o7777n),
    userId,
    groupId,
    userName: owners.userName(userId),
    groupName: owners.groupName(groupId),
    modifiedNs: stats.mtimeNs,
    changedNs: stats.ctimeNs,
    accessedNs: stats.atimeNs,
    xattrs: readXattrs(source, onNote),
  };
}

function readXattrs({ path, shown }: AttributeSource, onNote: OnNote): ExtendedAttribute[] {
  const xattrs: ExtendedAttribute[] = [];
  let left = xattrBytesMax;
  try {
    for (const name of listXattrs(path)) {
      const value = getXattr(path, name);
      if (value === null) continue;
      left -= value.length;
      if (left < 0 || value.length > xattrValueBytesMax || xattrs.length >= xattrsMax) {
        onNote({ level: "lost", code: "attribute", path: shown, message: `extended attribute ${name} is too large` });
        break;
      }
      xattrs.push({ name, value });
    }
  } catch (error) {
    onNote({ level: "lost", code: "attribute", path: shown, message: reasonOf(error) });
  }
  return xattrs.sort((a, b) => (a.name < b.name ? -1 : 1));
}
