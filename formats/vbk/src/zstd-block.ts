import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { Failure } from "@casaforte/kernel";
import { crc32c } from "./crc32c.ts";
import type { PackedBytes, PlainCheck } from "./lz4-block.ts";
import { viewOf } from "./page.ts";

/** RFC 8878 §3.1.2: a frame that decoders skip. Ours holds the CRC-32C of the plain bytes. */
const skippableMark = 0x184d2a50;
const headBytes = 12;
const options = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };

/**
 * Compresses by zstd at level 3, behind a skippable frame with the CRC of the plain bytes: any zstd decoder reads the
 * two frames as one stream, and the first cipher block differs from block to block as with LZ4.
 */
export function compressZstd(plain: Uint8Array): PackedBytes {
  const head = new Uint8Array(headBytes);
  const view = viewOf(head);
  view.setUint32(0, skippableMark, true);
  view.setUint32(4, 4, true);
  view.setUint32(8, crc32c(plain), true);
  return { head, body: zstdCompressSync(plain, options) };
}

/** @throws corrupt `vbk.block_zstd` when the stream is damaged, `vbk.block_crc` when the plain bytes are others. */
export function uncompressZstd(stored: Uint8Array, plainBytes: number, check: PlainCheck = { crc: true }): Uint8Array {
  const view = viewOf(stored);
  const isHeaded =
    stored.length > headBytes && view.getUint32(0, true) === skippableMark && view.getUint32(4, true) === 4;
  const plain = inflate(isHeaded ? stored.subarray(headBytes) : stored, plainBytes);
  if (isHeaded && check.crc && crc32c(plain) !== view.getUint32(8, true)) {
    throw new Failure("corrupt", "vbk.block_crc", "the block's CRC does not fit");
  }
  return plain;
}

function inflate(frame: Uint8Array, plainBytes: number): Uint8Array {
  try {
    const plain = zstdDecompressSync(frame, { maxOutputLength: plainBytes });
    return new Uint8Array(plain.buffer, plain.byteOffset, plain.length);
  } catch (cause) {
    throw new Failure("corrupt", "vbk.block_zstd", "the zstd stream is damaged", { cause });
  }
}
