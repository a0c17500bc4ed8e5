import type { ThreadKeys } from "@casaforte/vbk";
import type { UnsealedAs } from "@casaforte/vbk/seal";

/** What an opening thread is born with. */
export interface UnsealWorkerData {
  /** Stored bytes as they came from the vault, in slots of one request each. */
  readonly stored: SharedArrayBuffer;
  /** Plain blocks of 1 MiB. */
  readonly blocks: SharedArrayBuffer;
}

/** A block to be opened: where its stored bytes lie, and the slot for the plain ones. */
export interface ToUnsealWorker {
  readonly id: number;
  readonly at: number;
  readonly block: UnsealedAs;
  readonly keys: ThreadKeys;
  readonly slot: number;
}

export interface FromUnsealWorker {
  readonly id: number;
  readonly failure: { readonly code: string; readonly message: string } | null;
}
