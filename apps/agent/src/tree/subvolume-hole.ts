import { type BigIntStats, lstatSync, statfsSync } from "node:fs";
import type { RawPath } from "../posix.ts";

/** A path's kind of file system, as statfs(2) numbers it. */
export type FileSystemTypeOf = (path: RawPath) => number;

/** This machine's. */
export const fileSystemTypeOf: FileSystemTypeOf = (path) => statfsSync(path).type >>> 0;

/**
 * Whether a directory stands for a subvolume that the snapshot it is read in does not show: always empty, and of the one
 * inode that no real directory of btrfs has (linux/btrfs_tree.h: BTRFS_EMPTY_SUBVOL_DIR_OBJECTID). Where its `shown` path
 * has that inode too, as in snapshots that other programs made, it is as empty as it looks, and nothing is missing.
 */
export const isSubvolumeHole = (
  { path, shown, ino }: { readonly path: RawPath; readonly shown: RawPath } & Pick<BigIntStats, "ino">,
  typeOf: FileSystemTypeOf,
): boolean => {
  if (ino !== emptySubvolumeInode || typeOf(path) !== btrfsType) return false;
  const live = lstatSync(shown, { bigint: true, throwIfNoEntry: false });
  return live !== undefined && live.ino !== emptySubvolumeInode;
};

const emptySubvolumeInode = 2n;

const btrfsType = 0x9123_683e;
