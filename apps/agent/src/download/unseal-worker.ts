import { parentPort } from "node:worker_threads";
import { Failure, unreachable } from "@casaforte/kernel";
import { blockBytes, copyBytes, unsealBlock } from "@casaforte/vbk/blocks";
import { type ChunkWork, writeChunk, writeWholeFile } from "../tree/file-work.ts";
import { slotBytesOf } from "../upload/shared-slots.ts";
import type {
  FromUnsealWorker,
  SharedChunk,
  ToUnsealWorker,
  UnsealJob,
  UnsealOutcome,
  UnsealWorkerData,
} from "./unseal-messages.ts";

/** A thread that opens blocks from shared memory into shared memory, and writes files out of it. */
export function beginOpening(data: UnsealWorkerData): void {
  parentPort?.on("message", ({ id, ...job }: ToUnsealWorker) => {
    parentPort?.postMessage({ ...outcomeOf(job, data), id } satisfies FromUnsealWorker);
  });
}

function outcomeOf(job: UnsealJob, data: UnsealWorkerData): UnsealOutcome {
  const { blocks } = data;
  switch (job.kind) {
    case "open":
      return { kind: "opened", failure: open(job, data) };
    case "files": {
      const files = job.files.map((file) => ({ ...file, chunks: file.chunks.map((chunk) => chunkOf(chunk, blocks)) }));
      return { kind: "files", outcomes: files.map((file) => writeWholeFile(file, job.terms)) };
    }
    case "chunk":
      return { kind: "chunk", failure: writeChunk(job.fd, chunkOf(job.chunk, blocks), job.terms) };
    default:
      return unreachable(job);
  }
}

function chunkOf(chunk: SharedChunk, blocks: SharedArrayBuffer): ChunkWork {
  return { ...chunk, pieces: chunk.pieces.map(({ at, lengthBytes }) => new Uint8Array(blocks, at, lengthBytes)) };
}

function open({ at, block, keys, slot }: Extract<UnsealJob, { kind: "open" }>, { stored, blocks }: UnsealWorkerData) {
  try {
    const into = slotBytesOf(blocks, slot, blockBytes);
    const plain = unsealBlock(block, new Uint8Array(stored, at, block.storedSize), keys);
    copyBytes(plain, into);
    into.fill(0, plain.length);
    return null;
  } catch (error) {
    if (error instanceof Failure && error.kind === "corrupt") return { code: error.code, message: error.message };
    throw error;
  }
}
