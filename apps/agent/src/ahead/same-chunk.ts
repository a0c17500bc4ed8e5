import { readSync } from "node:fs";
import { equalBytes } from "@casaforte/kernel";
import { chunkHash } from "../chain/chunk-hash.ts";
import { errnoOf } from "../tree/note.ts";

/** A chunk where it may lie in a file. */
export interface ExpectedChunk {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly id: Uint8Array;
}

export interface CompareTerms {
  readonly fd: number;
  readonly chunkKey: Uint8Array;
  /** For the largest chunk. */
  readonly room: Uint8Array;
}

/** Whether a file has a chunk at this place. False where it cannot be read: whoever reads it then is told why. */
export function isSameChunk({ fd, chunkKey, room }: CompareTerms, chunk: ExpectedChunk): boolean {
  const bytes = room.subarray(0, chunk.lengthBytes);
  try {
    if (readSync(fd, bytes, 0, bytes.length, chunk.offsetBytes) !== bytes.length) return false;
  } catch (error) {
    if (errnoOf(error) === "") throw error;
    return false;
  }
  return equalBytes(chunkHash(chunkKey, bytes), chunk.id);
}
