import { equalBytes, Failure } from "@casaforte/kernel";
import { compression } from "./layout.ts";
import { uncompressBlock } from "./lz4-block.ts";
import { md5 } from "./md5.ts";
import type { FileUnsealer, StoredBlock } from "./types.ts";

/**
 * Turns stored bytes into the plain block: authenticate and decrypt (sealed), unpack, compare with the digest.
 * `stored` is `storedSize` bytes without padding.
 * @throws corrupt `vbk.block_authentication`, `vbk.block_lz4`, `vbk.block_crc`, `vbk.block_size`, `vbk.block_digest`.
 */
export async function unpackBlock(
  block: StoredBlock,
  stored: Uint8Array,
  file: FileUnsealer | null,
): Promise<Uint8Array> {
  const packed = file === null ? stored : await file.openBlock(block.keySetId, stored, block.hmac);
  const plain = block.compression === compression.lz4 ? uncompressBlock(packed, block.sourceSize) : packed;
  if (plain.length !== block.sourceSize) {
    throw new Failure("corrupt", "vbk.block_size", "a block has another length than its entry says");
  }
  const digest = file === null ? md5(plain) : await file.digest(plain);
  if (!equalBytes(digest, block.digest)) {
    throw new Failure("corrupt", "vbk.block_digest", "a block's digest does not fit");
  }
  return plain;
}
