import type { ThreadKeys } from "@casaforte/vbk";
import type { UnsealedAs } from "@casaforte/vbk/seal";
import type { ChunkWork, FileOutcome, WholeFile, WorkFailure, WorkTerms } from "../tree/file-work.ts";

/** What an opening thread is born with. */
export interface UnsealWorkerData {
  /** Stored bytes as they came from the vault, in slots of one request each. */
  readonly stored: SharedArrayBuffer;
  /** Plain blocks of 1 MiB. */
  readonly blocks: SharedArrayBuffer;
}

/** A stretch of `blocks`. */
export interface SharedPiece {
  readonly at: number;
  readonly lengthBytes: number;
}

export type SharedChunk = Omit<ChunkWork, "pieces"> & { readonly pieces: readonly SharedPiece[] };
export type SharedFile = Omit<WholeFile, "chunks"> & { readonly chunks: readonly SharedChunk[] };

export type UnsealJob =
  /** A block to be opened: where its stored bytes lie, and the slot for the plain ones. */
  | {
      readonly kind: "open";
      readonly at: number;
      readonly block: UnsealedAs;
      readonly keys: ThreadKeys;
      readonly slot: number;
    }
  /** Files to be written out of open blocks. */
  | { readonly kind: "files"; readonly files: readonly SharedFile[]; readonly terms: WorkTerms }
  /** A chunk to be compared and, when there is a file, written into it. */
  | { readonly kind: "chunk"; readonly fd: number | null; readonly chunk: SharedChunk; readonly terms: WorkTerms };

export type ToUnsealWorker = UnsealJob & { readonly id: number };

export type UnsealOutcome =
  | { readonly kind: "opened"; readonly failure: { readonly code: string; readonly message: string } | null }
  | { readonly kind: "files"; readonly outcomes: readonly FileOutcome[] }
  | { readonly kind: "chunk"; readonly failure: WorkFailure | null };

export type FromUnsealWorker = UnsealOutcome & { readonly id: number };
