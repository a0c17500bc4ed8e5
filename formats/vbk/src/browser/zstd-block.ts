import { Failure } from "@casaforte/kernel";
import { decompress } from "fzstd";
import { viewOf } from "../page.ts";
import { crc32c } from "./crc32c.ts";

/** RFC 8878 §3.1.2: the frame that decoders skip, with the CRC-32C of the plain bytes; `../zstd-block.ts` writes it. */
const skippableMark = 0x184d2a50;
const headBytes = 12;

/** Browsers only read. @throws unsupported `vbk.zstd_browser`. */
export const compressZstd = (_plain: Uint8Array): never => {
  throw new Failure("unsupported", "vbk.zstd_browser", "a browser writes no blocks");
};

/**
 * `../zstd-block.ts` without native code, for the blocks that this program writes: those with a CRC before them. The
 * output never takes more room than `plainBytes`.
 * @throws corrupt `vbk.block_zstd` when the stream is damaged, `vbk.block_crc` when the plain bytes are others;
 *   unsupported `vbk.zstd_browser` for a block without CRC.
 */
export function uncompressZstd(stored: Uint8Array, plainBytes: number): Uint8Array {
  const view = viewOf(stored);
  const isHeaded =
    stored.length > headBytes && view.getUint32(0, true) === skippableMark && view.getUint32(4, true) === 4;
  if (!isHeaded) throw new Failure("unsupported", "vbk.zstd_browser", "a zstd block without CRC is not read here");
  const plain = inflate(stored.subarray(headBytes), plainBytes);
  if (crc32c(plain) !== view.getUint32(8, true))
    throw new Failure("corrupt", "vbk.block_crc", "the block's CRC does not fit");
  return plain;
}

function inflate(frame: Uint8Array, plainBytes: number): Uint8Array {
  try {
    return decompress(frame, new Uint8Array(plainBytes));
  } catch (cause) {
    throw new Failure("corrupt", "vbk.block_zstd", "the zstd stream is damaged", { cause });
  }
}
