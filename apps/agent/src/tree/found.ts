import type { BigIntStats } from "node:fs";
import type { Entry, StoredEntry } from "@casaforte/arena";
import type { RawPath } from "../posix.ts";
import type { Within } from "./names-in.ts";
import type { Place } from "./place.ts";

/** A name that the walk has looked at. */
export interface Found {
  readonly name: Buffer;
  readonly place: Place;
  /** For system calls: in `place`, or in the snapshot that it is read from. */
  readonly path: RawPath;
  readonly isFrozen: boolean;
  readonly stats: BigIntStats;
  /** The time just before `stats` were asked. */
  readonly seenMs: number;
  readonly before: StoredEntry | undefined;
}

/** What stands in the point under a name: an entry, or the bytes of one; null for nothing. */
export type Named = Entry | Uint8Array | null;

/** The same of a name that is known when all before it is written. */
export type InTurn = () => Named | Promise<Named>;

/** How the directory above bears on an entry. */
export interface Under extends Within {
  /** The file system of the directory above. */
  readonly device: bigint;
  /** It is the one that the parent has: where it is another, a file of the same name and times may be another too. */
  readonly isSame: boolean;
}
