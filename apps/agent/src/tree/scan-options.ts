import type { ArenaWriter } from "@casaforte/arena";
import type { Clock } from "@casaforte/kernel";
import type { ChunkComparer } from "../ahead/chunk-comparer.ts";
import type { FilesAhead } from "../ahead/files-ahead.ts";
import type { DirectoryInodes } from "./directory-inodes.ts";
import type { KnownDirectories } from "./known-directories.ts";
import type { OnNote } from "./note.ts";
import type { ParentPoint } from "./parent-entries.ts";
import type { RootNode } from "./roots.ts";
import type { ScanFilter } from "./scan-filter.ts";
import type { SeenTree } from "./seen-tree.ts";
import type { FileSystemTypeOf } from "./subvolume-hole.ts";

export interface ScanOptions {
  readonly writer: ArenaWriter;
  readonly roots: RootNode;
  readonly parent: ParentPoint | null;
  /** What changed a moment before it was looked at may change again unseen: such entries are read again by the next run. */
  readonly clock: Pick<Clock, "nowMs">;
  readonly onNote: OnNote;
  /** Called after every entry and every slice of a file; a promise makes the scan wait. */
  readonly pace: (lengthBytes: number) => Promise<void> | undefined;
  readonly onProgress?: (progress: ScanFigures) => void;
  readonly signal?: AbortSignal | undefined;
  /** Directories that are left out: the agent's own state. */
  readonly skip?: readonly string[];
  /** Rules about what is left out; all is kept when absent. */
  readonly filter?: ScanFilter | undefined;
  /** Reads small files while the walk goes on; the walk reads all of them itself when absent. */
  readonly ahead?: Pick<FilesAhead, "isFor" | "add"> | undefined;
  /** What was looked at before the walk. */
  readonly seen?: SeenTree | undefined;
  /** What stands for directories of the parent as a whole; only where all that the parent points at is stored. */
  readonly known?: KnownDirectories | undefined;
  /** Which directories the parent was made of; without it each is believed to be the one that had its path. */
  readonly inodes?: Pick<DirectoryInodes, "isSame"> | undefined;
  /** Compares large files that changed with what they were; without it they are cut as new ones are. */
  readonly comparer?: Pick<ChunkComparer, "compare"> | undefined;
  /** This machine's when absent. */
  readonly fileSystemTypeOf?: FileSystemTypeOf;
}

export interface ScanFigures {
  entries: number;
  files: number;
  /** Sum of file sizes, holes included. */
  logicalBytes: number;
  /** Read from the disk. */
  readBytes: number;
  /** Taken over from the parent point without reading. */
  unchangedFiles: number;
  /** Names left out by rule; what lies in a directory that was left out is not counted. */
  excluded: number;
}

export const noFigures = (): ScanFigures => ({
  entries: 0,
  files: 0,
  logicalBytes: 0,
  readBytes: 0,
  unchangedFiles: 0,
  excluded: 0,
});
