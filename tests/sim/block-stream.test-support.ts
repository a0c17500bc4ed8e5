export const streamBlockBytes = 1 << 20;
/** Each so many bytes a number that stands nowhere else, so that no chunk, wherever it is cut, is there twice. */
const stepBytes = 16_384;
const line = Buffer.from("a block that says little, and is told from any other by the numbers in it\n");

/** Blocks of 1 MiB of which no two are alike, and which LZ4 makes very small. The buffer is used again. */
export function createBlockStream(): (index: number) => Buffer {
  const block = Buffer.alloc(streamBlockBytes, line);
  return (index) => {
    for (let at = 0; at < streamBlockBytes; at += stepBytes)
      block.writeUIntLE(index * (streamBlockBytes / stepBytes) + at / stepBytes + 1, at, 6);
    return block;
  };
}
