import { Failure } from "@casaforte/kernel";
import { decodeLz4 } from "./lz4-decode.ts";

/** Browsers read and never write. @throws unsupported `vbk.read_only`. */
export const compressLz4 = (_plain: Uint8Array): Uint8Array => {
  throw new Failure("unsupported", "vbk.read_only", "a browser writes no container");
};

/** Blocks are opened by the platform's own cipher there, into memory of its own. @throws unsupported `vbk.read_only`. */
export const packedRoom = (): Uint8Array => {
  throw new Failure("unsupported", "vbk.read_only", "a browser opens no blocks in threads");
};

/** Unpacks a u32 plain length and the raw block behind it. @throws Error when the stream is damaged. */
export function uncompressLz4(prefixed: Uint8Array): Uint8Array {
  const plainBytes = new DataView(prefixed.buffer, prefixed.byteOffset, prefixed.byteLength).getUint32(0, true);
  const plain = decodeLz4(prefixed.subarray(4), plainBytes);
  if (plain === null) throw new Error("a damaged LZ4 block");
  return plain;
}
