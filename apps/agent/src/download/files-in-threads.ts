import { blockSizeBytes } from "@casaforte/arena";
import type { FilePort } from "../tree/file-port.ts";
import { type ChunkWork, type WholeFile, writeChunk, writeWholeFile } from "../tree/file-work.ts";
import type { BlockReader } from "./block-reader.ts";
import type { SharedChunk, SharedFile, SharedPiece } from "./unseal-messages.ts";
import type { UnsealPool } from "./unseal-pool.ts";

const zeroBlock = new Uint8Array(blockSizeBytes);

/** Writes in the pool's threads what lies in blocks of the pool, and the little that does not in this one. */
export function filesInThreads(pool: UnsealPool, reader: BlockReader, isLive: (block: number) => boolean): FilePort {
  return {
    // Within a chunk, a block of nothing but zeros is a hole of the image.
    hold: (block) =>
      isLive(block) ? reader.hold(block) : Promise.resolve({ bytes: zeroBlock, release: () => undefined }),
    async files(files, terms) {
      const shared = sharedFiles(pool, files);
      if (shared === null) return files.map((file) => writeWholeFile(file, terms));
      return pool.files({ files: shared, terms });
    },
    async chunk(fd, chunk, terms) {
      const shared = sharedChunk(pool, chunk);
      return shared === null ? writeChunk(fd, chunk, terms) : pool.chunk({ fd, chunk: shared, terms });
    },
  };
}

/** Null as soon as one of them has bytes elsewhere. */
function sharedFiles(pool: UnsealPool, files: readonly WholeFile[]): readonly SharedFile[] | null {
  const shared: SharedFile[] = [];
  for (const file of files) {
    const chunks: SharedChunk[] = [];
    for (const chunk of file.chunks) {
      const found = sharedChunk(pool, chunk);
      if (found === null) return null;
      chunks.push(found);
    }
    shared.push({ ...file, chunks });
  }
  return shared;
}

function sharedChunk(pool: UnsealPool, chunk: ChunkWork): SharedChunk | null {
  const pieces: SharedPiece[] = [];
  for (const bytes of chunk.pieces) {
    const piece = pool.pieceOf(bytes);
    if (piece === null) return null;
    pieces.push(piece);
  }
  return { ...chunk, pieces };
}
