import { assert } from "@casaforte/kernel";
import { alignUp, blockBytes, compression, keySetIdBytes } from "./layout.ts";
import { compressBlock, lz4HeadBytes } from "./lz4-block.ts";
import { md5 } from "./md5.ts";
import { sha256 } from "./sha256.ts";
import type { PackedBlock } from "./types.ts";

export interface PackOptions {
  /** False keeps the bytes as they are: the summary of a plain file, which tools find by its text. */
  readonly compress?: boolean;
}

/** Packs a block for a plain (unsealed) file: MD5, then LZ4 where it helps. Pure and synchronous. FORMAT.md §7. */
export function packBlock(plain: Uint8Array, options: PackOptions = {}): PackedBlock {
  assert(plain.length > 0 && plain.length <= blockBytes, "a block is 1 byte to 1 MiB");
  const digest = md5(plain);
  const lz4 = options.compress === false ? null : compressBlock(plain);
  const isShorter = lz4 !== null && lz4HeadBytes + lz4.body.length < plain.length;
  const storedSize = isShorter ? lz4HeadBytes + lz4.body.length : plain.length;
  const stored = new Uint8Array(alignUp(storedSize));
  if (isShorter) {
    stored.set(lz4.head);
    stored.set(lz4.body, lz4HeadBytes);
  } else stored.set(plain);
  return {
    stored,
    allocatedSize: stored.length,
    storedSize,
    sourceSize: plain.length,
    digest,
    compression: isShorter ? compression.lz4 : compression.none,
    hmac: new Uint8Array(0),
    sha256: sha256([stored]),
    keySetId: new Uint8Array(keySetIdBytes),
  };
}
