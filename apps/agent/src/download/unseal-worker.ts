import { parentPort } from "node:worker_threads";
import { Failure } from "@casaforte/kernel";
import { blockBytes, unsealBlock } from "@casaforte/vbk/blocks";
import { workerDataOf } from "../thread.ts";
import { slotBytesOf } from "../upload/shared-slots.ts";
import type { FromUnsealWorker, ToUnsealWorker, UnsealWorkerData } from "./unseal-messages.ts";

/** A thread that opens blocks from shared memory into shared memory. */
const { stored, blocks } = workerDataOf<UnsealWorkerData>();
const port = parentPort;

port?.on("message", ({ id, at, block, keys, slot }: ToUnsealWorker) => {
  port.postMessage({ id, failure: open(at, block, keys, slot) } satisfies FromUnsealWorker);
});

function open(
  at: number,
  block: ToUnsealWorker["block"],
  keys: ToUnsealWorker["keys"],
  slot: number,
): FromUnsealWorker["failure"] {
  try {
    const into = slotBytesOf(blocks, slot, blockBytes);
    const plain = unsealBlock(block, new Uint8Array(stored, at, block.storedSize), keys);
    into.set(plain);
    into.fill(0, plain.length);
    return null;
  } catch (error) {
    if (error instanceof Failure && error.kind === "corrupt") return { code: error.code, message: error.message };
    throw error;
  }
}
