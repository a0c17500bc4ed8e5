import type { Bytes } from "@casaforte/kernel";
import type { Content } from "./content.ts";

/** One extended attribute; POSIX ACLs are `system.posix_acl_access` and `system.posix_acl_default`. */
export interface ExtendedAttribute {
  readonly name: string;
  readonly value: Bytes;
}

/** Files with equal keys are names of one file: device and inode number where they were read. */
export interface LinkGroup {
  readonly device: bigint;
  readonly inode: bigint;
}

/** What every entry carries. `mode` is the permission bits only (07777); times are ns since 1970. */
export interface EntryAttributes {
  /** Raw bytes as the file system has them, not necessarily UTF-8; never empty, `.`, `..`, nor with `/` or NUL. */
  readonly name: Bytes;
  readonly mode: number;
  readonly userId: number;
  readonly groupId: number;
  readonly userName: string;
  readonly groupName: string;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  readonly accessedNs: bigint;
  readonly xattrs: readonly ExtendedAttribute[];
}

export type EntryBody =
  | { readonly type: "file"; readonly content: Content; readonly linkGroup: LinkGroup | null }
  | { readonly type: "directory"; readonly content: Content }
  | { readonly type: "symlink"; readonly target: Bytes }
  | { readonly type: "fifo" }
  | { readonly type: "block_device" | "character_device"; readonly major: number; readonly minor: number };

/** One name in a directory, with all that a restore needs. */
export type Entry = EntryAttributes & EntryBody;

/** An entry and its bytes in the catalogue. */
export interface StoredEntry {
  readonly entry: Entry;
  readonly bytes: Bytes;
}
