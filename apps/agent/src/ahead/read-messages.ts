/** What a reading thread is born with. */
export interface ReadWorkerData {
  /** Under which a file's only chunk is hashed. */
  readonly chunkKey: Uint8Array;
  /** Slots of `readAheadSlotBytes`. */
  readonly room: SharedArrayBuffer;
}

/** Files to be read into one slot, each behind the one before. */
export interface ToReadWorker {
  readonly slot: number;
  /** The raw bytes of paths, as latin1: threads hand text over fastest. */
  readonly paths: readonly string[];
  /** As the walk saw each: device, inode, size, time of change of the content in ns. */
  readonly seen: BigInt64Array;
}

/** Told once when the thread begins, and for each slot. */
export type FromReadWorker =
  | { readonly kind: "begun" }
  | {
      readonly kind: "read";
      readonly slot: number;
      /** Chunk ids, `idBytes` each. */
      readonly ids: Uint8Array;
      /** 1 for each file that is there whole; 0 for one that the walk is to look at again. */
      readonly whole: Uint8Array;
    };

/** Of HMAC-SHA-256. */
export const idBytes = 32;
/** Numbers of a file in `seen`. */
export const seenNumbers = 4;
