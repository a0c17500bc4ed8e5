import type { RestoreFile } from "@casaforte/contract/restore";

/** What the worker needs to know of a point, as the server told it. Nothing of it is believed before the sealed files prove it. */
export interface PointToOpen {
  readonly deviceId: string;
  readonly chainId: string;
  readonly files: readonly RestoreFile[];
  readonly keyring: Uint8Array;
}

export type Secret =
  | { readonly kind: "password"; readonly password: string }
  | { readonly kind: "recovery"; readonly secret: string };

/** An entry of the tree as the page shows it. `id` is the worker's own and good while the point is open. */
export interface TreeRow {
  readonly id: number;
  /** For the eye: bytes that are no UTF-8 show as U+FFFD; what is saved carries the true ones. */
  readonly name: string;
  readonly type: "file" | "directory" | "symlink" | "other";
  /** Null for what has none. */
  readonly sizeBytes: number | null;
  readonly modifiedMs: number;
  /** Folder it is in, `/` for the top. */
  readonly folder: string;
}

/** Where what is saved goes. */
export type Sink =
  /** A file that the person chose; needs a browser that can write to one. */
  | { readonly kind: "file"; readonly handle: FileSystemFileHandle }
  /** The page's private file system, of which the browser then makes a download. */
  | { readonly kind: "private"; readonly name: string }
  /** Memory, for little. */
  | { readonly kind: "memory" };

export interface SaveProgress {
  readonly files: number;
  readonly filesTotal: number;
  readonly bytes: number;
  readonly bytesTotal: number;
  /** Being read now. */
  readonly path: string;
}

export interface SaveReport {
  readonly files: number;
  readonly bytes: number;
  /** Paths whose stored blocks are damaged. */
  readonly lost: readonly string[];
  /** How many more there were than `lost` lists. */
  readonly lostMore: number;
  /** Devices and pipes, which no download can hold. */
  readonly leftOut: number;
  /** With the sink `memory`. */
  readonly blob: Blob | null;
}

/** What stayed the same under one path over points that follow each other. */
export interface FileVersion {
  /** When the newest and the oldest of those points were made. */
  readonly at: string;
  readonly sinceAt: string;
  readonly points: number;
  /** Null: nothing was there. Its number is one to save. */
  readonly row: TreeRow | null;
}

export interface FileVersions {
  readonly versions: readonly FileVersion[];
  /** When points were made that could not be read. */
  readonly damaged: readonly string[];
  /** When the full was made that these points build upon: nothing older was looked at. */
  readonly sinceAt: string;
}

/** What the page shows of a file; `none` when it is neither a text nor a picture of a kind and size that it draws. */
export type Preview =
  | { readonly kind: "text"; readonly text: string; readonly isWhole: boolean }
  | { readonly kind: "picture"; readonly blob: Blob }
  | { readonly kind: "none" };

/** What the page can ask of the worker. One `save`, one `search` and one look (`versions`, `preview`) at a time. */
export interface RestoreCalls {
  unlock(point: PointToOpen, secret: Secret): { readonly entries: number; readonly logicalBytes: number };
  /** Null for the top. */
  list(id: number | null): readonly TreeRow[];
  /** Files and folders whose name has the text in it, at most `searchRowsMax`; an earlier search ends. */
  search(text: string): { readonly rows: readonly TreeRow[]; readonly isWhole: boolean };
  /** What saving would read: to tell before a sink is chosen. */
  measure(ids: readonly number[]): { readonly files: number; readonly bytes: number };
  save(ids: readonly number[], sink: Sink): SaveReport;
  /** What a file was in this point and in those it builds upon, newest first; an earlier look ends. */
  versions(id: number): FileVersions;
  /** A file's beginning as text, or its picture; an earlier look ends. */
  preview(id: number): Preview;
  /** Ends the look that runs. */
  endLook(): void;
  /** Ends the save that runs. */
  cancel(): void;
  /** Forgets the keys. */
  lock(): void;
}

export type CallName = keyof RestoreCalls;

export interface CallMessage {
  readonly call: number;
  readonly name: CallName;
  readonly args: readonly unknown[];
}

/** A failure as it crosses: kind and code are those of the kernel's `Failure`. */
export interface CrossedFailure {
  readonly kind: string;
  readonly code: string;
}

export type WorkerMessage =
  | { readonly reply: number; readonly value: unknown }
  | { readonly reply: number; readonly failure: CrossedFailure }
  | { readonly progress: SaveProgress }
  /** The keys were forgotten because nothing was asked for so long. */
  | { readonly locked: true };
