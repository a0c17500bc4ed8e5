import { equalBytes, Failure } from "@casaforte/kernel";
import { md5 } from "./md5.ts";
import type { FileUnsealer, StoredBlock } from "./types.ts";
import { uncompressed } from "./uncompressed.ts";

/**
 * Turns stored bytes into the plain block: authenticate and decrypt (sealed), unpack, compare with the digest (plain).
 * `stored` is `storedSize` bytes without padding.
 * @throws corrupt `vbk.block_authentication`, `vbk.block_lz4`, `vbk.block_zstd`, `vbk.block_crc`, `vbk.block_size`, `vbk.block_digest`.
 */
export async function unpackBlock(
  block: StoredBlock,
  stored: Uint8Array,
  file: FileUnsealer | null,
): Promise<Uint8Array> {
  const packed = file === null ? stored : await file.openBlock(block.keySetId, stored, block.hmac);
  const plain = uncompressed(block, packed).slice();
  if (plain.length !== block.sourceSize) {
    throw new Failure("corrupt", "vbk.block_size", "a block has another length than its entry says");
  }
  // A sealed block's digest is the head of its tag, which `openBlock` has compared.
  if (file === null && !equalBytes(md5(plain), block.digest)) {
    throw new Failure("corrupt", "vbk.block_digest", "a block's digest does not fit");
  }
  return plain;
}
