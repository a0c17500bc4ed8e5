import { compressSync, uncompressSync } from "lz4-napi";

/** A raw LZ4 block. The library puts the plain length before it; the layout's own head ends with the same four bytes. */
export const compressLz4 = (plain: Uint8Array): Uint8Array =>
  compressSync(Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength)).subarray(4);

/** Unpacks a u32 plain length and the raw block behind it. @throws Error when the stream is damaged. */
export function uncompressLz4(prefixed: Uint8Array): Uint8Array {
  const plain = uncompressSync(prefixed);
  return new Uint8Array(plain.buffer, plain.byteOffset, plain.length);
}
