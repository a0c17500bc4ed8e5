import { compression } from "./layout.ts";
import { type PlainCheck, uncompressBlock } from "./lz4-block.ts";
import type { StoredBlock } from "./types.ts";
import { uncompressZstd } from "./zstd-block.ts";

/** The plain bytes of a packed block, its CRC checked where it has one; valid until the next block of this thread. */
export function uncompressed(
  block: Pick<StoredBlock, "compression" | "sourceSize">,
  packed: Uint8Array,
  check?: PlainCheck,
): Uint8Array {
  if (block.compression === compression.lz4) return uncompressBlock(packed, block.sourceSize, check);
  return block.compression === compression.zstd ? uncompressZstd(packed, block.sourceSize, check) : packed;
}
