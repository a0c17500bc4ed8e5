import { parentPort } from "node:worker_threads";
import { chunkBytesMax } from "@casaforte/arena";
import type { CompareWorkerData, FromCompareWorker, ToCompareWorker } from "./compare-messages.ts";
import { idBytes } from "./read-messages.ts";
import { isSameChunk } from "./same-chunk.ts";

/** A thread that looks whether chunks of a file are what they were. */
export function beginComparing({ chunkKey }: CompareWorkerData): void {
  const room = new Uint8Array(chunkBytesMax);
  parentPort?.on("message", ({ fd, offsets, lengths, ids }: ToCompareWorker) => {
    const same = new Uint8Array(offsets.length);
    for (const [index, offsetBytes] of offsets.entries()) {
      const id = ids.subarray(index * idBytes, (index + 1) * idBytes);
      const lengthBytes = lengths[index] ?? 0;
      if (isSameChunk({ fd, chunkKey, room }, { offsetBytes, lengthBytes, id })) same[index] = 1;
    }
    tell({ kind: "compared", same });
  });
  tell({ kind: "begun" });
}

const tell = (message: FromCompareWorker): void => parentPort?.postMessage(message);
