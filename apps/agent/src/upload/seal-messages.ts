import type { BlockKeys, SealOptions } from "@casaforte/vbk/seal";

/** What a sealing thread is born with. */
export interface SealWorkerData {
  readonly keys: BlockKeys;
  readonly compression: SealOptions["compression"];
  /** Plain blocks of 1 MiB. */
  readonly blocks: SharedArrayBuffer;
  /** Parts of `partBytes` under construction. */
  readonly parts: SharedArrayBuffer;
  readonly partBytes: number;
  /** Where the spool lies. */
  readonly directory: string;
}

/** A block to be sealed; room for the next part, with its number; or: close the part in work. */
export type ToSealWorker =
  | { readonly kind: "block"; readonly imageBlock: number; readonly slot: number }
  | { readonly kind: "room"; readonly slot: number; readonly n: number }
  | { readonly kind: "flush" };

export interface SealedPart {
  readonly slot: number;
  readonly n: number;
  readonly lengthBytes: number;
  readonly sha256: string;
  /** `BlockRecords`, packed. */
  readonly blocks: Uint8Array;
}

export type FromSealWorker =
  | { readonly kind: "sealed"; readonly slot: number }
  | { readonly kind: "part"; readonly part: SealedPart }
  | { readonly kind: "flushed" };
