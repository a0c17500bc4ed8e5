/** What a comparing thread is born with. */
export interface CompareWorkerData {
  /** Under which chunks are hashed. */
  readonly chunkKey: Uint8Array;
}

/** Chunks that a file may have as it had them; it is open until the answer. */
export interface ToCompareWorker {
  readonly fd: number;
  /** Of each: where it would begin, its length, its id of `idBytes`. */
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  readonly ids: Uint8Array;
}

/** Told once when the thread begins, and for each message: 1 for each chunk that is there. */
export type FromCompareWorker = { readonly kind: "begun" } | { readonly kind: "compared"; readonly same: Uint8Array };
