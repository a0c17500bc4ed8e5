import { writeSync } from "node:fs";
import { createBlockStream } from "./block-stream.test-support.ts";

/** `node tests/sim/print-blocks.ts COUNT`: so many blocks to standard output, as a dump program would. */
const blockAt = createBlockStream();
for (let index = 0; index < Number(process.argv[2]); index++) {
  const block = blockAt(index);
  for (let at = 0; at < block.length; ) at += writeSync(1, block, at);
}
