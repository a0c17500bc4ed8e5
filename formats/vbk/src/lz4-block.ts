import { Failure } from "@casaforte/kernel";
import { crc32c } from "./crc32c.ts";
import { compressLz4, uncompressLz4 } from "./lz4-native.ts";
import { viewOf } from "./page.ts";

/** Length of the layout's own head before a raw LZ4 block: mark, CRC-32C of the plain bytes, plain length. */
export const lz4HeadBytes = 12;
export const lz4Mark = 0xf800000f;

/** A compressed block in two parts, so that a cipher can take them without a copy. */
export interface PackedBytes {
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** Compresses and puts the layout's head before it. The body is valid until the next block of this thread. */
export function compressBlock(plain: Uint8Array): PackedBytes {
  const head = new Uint8Array(lz4HeadBytes);
  const view = viewOf(head);
  view.setUint32(0, lz4Mark, true);
  view.setUint32(4, crc32c(plain), true);
  view.setUint32(8, plain.length, true);
  return { head, body: compressLz4(plain) };
}

/** `false` where whoever reads compares the plain bytes in a way of his own. */
export interface PlainCheck {
  readonly crc: boolean;
}

/**
 * Undoes `compressBlock` and checks the CRC over the plain bytes, which are valid until the next block of this thread.
 * @throws corrupt `vbk.block_lz4` when head or stream is damaged, `vbk.block_crc` when the plain bytes are others.
 */
export function uncompressBlock(stored: Uint8Array, plainBytes: number, check: PlainCheck = { crc: true }): Uint8Array {
  const view = viewOf(stored);
  if (stored.length <= lz4HeadBytes || view.getUint32(0, true) !== lz4Mark || view.getUint32(8, true) !== plainBytes) {
    throw new Failure("corrupt", "vbk.block_lz4", "not the head of an LZ4 block");
  }
  const plain = inflate(stored.subarray(8));
  if (plain.length !== plainBytes) throw new Failure("corrupt", "vbk.block_lz4", "the block unpacks to another length");
  if (check.crc && crc32c(plain) !== view.getUint32(4, true)) {
    throw new Failure("corrupt", "vbk.block_crc", "the block's CRC does not fit");
  }
  return plain;
}

/** `prefixed` begins with the plain length, which the caller has bounded. */
function inflate(prefixed: Uint8Array): Uint8Array {
  try {
    return uncompressLz4(prefixed);
  } catch (cause) {
    throw new Failure("corrupt", "vbk.block_lz4", "the LZ4 stream is damaged", { cause });
  }
}
