import { parentPort, workerData } from "node:worker_threads";
import { type BlockKeys, sealBlock } from "@casaforte/vbk/seal";

/** A thread that seals blocks as they come, one message each way. */
const keys = workerData as BlockKeys;
const port = parentPort;

port?.on("message", ({ id, plain }: { id: number; plain: Uint8Array }) => {
  const packed = sealBlock(plain, keys);
  port.postMessage({ id, packed }, [packed.stored.buffer as ArrayBuffer]);
});
