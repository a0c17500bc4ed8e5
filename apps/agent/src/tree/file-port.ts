import type { ArenaReader } from "@casaforte/arena";
import {
  type ChunkWork,
  type FileOutcome,
  type WholeFile,
  type WorkFailure,
  type WorkTerms,
  writeChunk,
  writeWholeFile,
} from "./file-work.ts";

/** A block of the image whose bytes stay until it is released. */
export interface HeldBlock {
  readonly bytes: Uint8Array;
  readonly release: () => void;
}

/** Where files are written from the blocks of a point: in this thread, or in others. */
export interface FilePort {
  /** @throws corrupt, and what the vault throws. */
  hold(block: number): Promise<HeldBlock>;
  /** The outcomes are in the order of the files. */
  files(files: readonly WholeFile[], terms: WorkTerms): Promise<readonly FileOutcome[]>;
  /** Compares a chunk, and writes it when there is a file. */
  chunk(fd: number | null, chunk: ChunkWork, terms: WorkTerms): Promise<WorkFailure | null>;
}

/** Writes in this thread. */
export function filesHere(reader: Pick<ArenaReader, "block">): FilePort {
  return {
    hold: async (block) => ({ bytes: (await reader.block(block)).slice(), release: () => undefined }),
    files: async (files, terms) => files.map((file) => writeWholeFile(file, terms)),
    chunk: async (fd, chunk, terms) => writeChunk(fd, chunk, terms),
  };
}
