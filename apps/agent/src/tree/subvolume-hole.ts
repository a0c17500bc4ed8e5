import { type BigIntStats, statfsSync } from "node:fs";
import type { RawPath } from "../posix.ts";

/** A path's kind of file system, as statfs(2) numbers it. */
export type FileSystemTypeOf = (path: RawPath) => number;

/** This machine's. */
export const fileSystemTypeOf: FileSystemTypeOf = (path) => statfsSync(path).type >>> 0;

/**
 * Whether a directory stands for a subvolume that the snapshot it is read in does not show: always empty, and of the one
 * inode that no real directory of btrfs has (linux/btrfs_tree.h: BTRFS_EMPTY_SUBVOL_DIR_OBJECTID).
 */
export const isSubvolumeHole = (path: RawPath, { ino }: BigIntStats, typeOf: FileSystemTypeOf): boolean =>
  ino === 2n && typeOf(path) === btrfsType;

const btrfsType = 0x9123_683e;
