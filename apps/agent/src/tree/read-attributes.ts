import { type BigIntStats, lstatSync } from "node:fs";
import {
  type Entry,
  type EntryAttributes,
  type ExtendedAttribute,
  xattrsMax,
  xattrValueBytesMax,
} from "@casaforte/arena";
import { getXattr, listXattrs, type RawPath } from "../posix.ts";
import { errnoOf, type OnNote, reasonOf } from "./note.ts";
import type { Owners } from "./owners.ts";

export interface AttributeSource {
  readonly name: Buffer;
  /** For system calls. */
  readonly path: RawPath;
  /** For notes. */
  readonly shown: RawPath;
  readonly stats: BigIntStats;
  /** The time just before `stats` were asked. */
  readonly seenMs: number;
}

/** Larger sets than any file system keeps in its inodes; beyond it the rest is noted and left out. */
const xattrBytesMax = 0x8_0000;

/**
 * Change time of an entry that the next run must read again, since no file has it: of one whose attributes could not all
 * be kept, and of one that had changed so lately that another change might bear the same time.
 */
const changedNsUnsettled = 0n;

/** Coarsest step of a change time (FAT: 2 s): a change later than that is seen by its time. */
const settledNs = 2_000_000_000n;

/** A change from now on shows in the change time. One that lies ahead of our clock says nothing. */
const isSettled = (stats: BigIntStats, seenMs: number): boolean =>
  stats.ctimeNs < BigInt(Math.floor(seenMs)) * 1_000_000n - settledNs;

/** The inode is as it was when this entry was made: mode, owner and extended attributes cannot be others. */
export function isSameInode(before: EntryAttributes, stats: BigIntStats, owners: Owners): boolean {
  return (
    before.changedNs === stats.ctimeNs &&
    before.modifiedNs === stats.mtimeNs &&
    before.mode === Number(stats.mode & 0o7777n) &&
    before.userId === Number(stats.uid) &&
    before.groupId === Number(stats.gid) &&
    before.userName === owners.userName(before.userId) &&
    before.groupName === owners.groupName(before.groupId)
  );
}

/** Without what belongs to its kind: the inode may have become another one's. */
export function attributesOf(entry: Entry): EntryAttributes {
  const { name, mode, userId, groupId, userName, groupName, modifiedNs, changedNs, accessedNs, xattrs } = entry;
  return { name, mode, userId, groupId, userName, groupName, modifiedNs, changedNs, accessedNs, xattrs };
}

/** Same kind, size, and times of content and inode: what was read then is what is there now. */
export function isUnchanged(before: Entry, stats: BigIntStats): before is Extract<Entry, { type: "file" }> {
  return (
    before.type === "file" &&
    before.changedNs === stats.ctimeNs &&
    before.modifiedNs === stats.mtimeNs &&
    BigInt(before.content.sizeBytes) === stats.size
  );
}

/** What an entry says of a file besides its content. @throws ENOENT when its name went away. */
export function readAttributes(source: AttributeSource, owners: Owners, onNote: OnNote): EntryAttributes {
  const { stats } = source;
  const userId = Number(stats.uid);
  const groupId = Number(stats.gid);
  const { xattrs, isWhole } = readXattrs(source, onNote);
  return {
    name: source.name,
    mode: Number(stats.mode & 0o7777n),
    userId,
    groupId,
    userName: owners.userName(userId),
    groupName: owners.groupName(groupId),
    modifiedNs: stats.mtimeNs,
    changedNs: isWhole && isSettled(stats, source.seenMs) ? stats.ctimeNs : changedNsUnsettled,
    accessedNs: stats.atimeNs,
    xattrs,
  };
}

function readXattrs({ path, shown }: AttributeSource, onNote: OnNote) {
  const xattrs: ExtendedAttribute[] = [];
  let isWhole = true;
  let left = xattrBytesMax;
  try {
    for (const name of listXattrs(path)) {
      const value = getXattr(path, name);
      if (value === null) continue;
      left -= value.length;
      if (left < 0 || value.length > xattrValueBytesMax || xattrs.length >= xattrsMax) {
        onNote({ level: "lost", code: "attribute", path: shown, message: `extended attribute ${name} is too large` });
        isWhole = false;
        break;
      }
      xattrs.push({ name, value });
    }
  } catch (error) {
    // Nothing is lost of what its owner deleted: asked for again, it says so to whoever walks.
    if (errnoOf(error) === "ENOENT") lstatSync(path);
    onNote({ level: "lost", code: "attribute", path: shown, message: reasonOf(error) });
    isWhole = false;
  }
  return { xattrs: xattrs.sort((a, b) => (a.name < b.name ? -1 : 1)), isWhole };
}
