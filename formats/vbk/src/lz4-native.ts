import { assert, Failure } from "@casaforte/kernel";
import { instantiate } from "@casaforte/kernel/wasm";
import { blockBytes, storedBytesMax } from "./layout.ts";
import { hashTableBytes, lz4Module } from "./lz4-module.ts";
import { copyBytes } from "./native-copy.ts";

const slackBytes = 64;
const plainAt = hashTableBytes;
const packedAt = plainAt + blockBytes + slackBytes;
const packedRoomBytes = storedBytesMax + 4096;

/** One memory a thread: hash table, plain block, packed block. */
function openEngine() {
  const bytes = packedAt + packedRoomBytes;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 0x1_0000) });
  const { compress, uncompress } = instantiate(lz4Module(), memory);
  assert(compress !== undefined && uncompress !== undefined, "the module exports both ways");
  return { bytes: new Uint8Array(memory.buffer), compress, uncompress };
}

let opened: ReturnType<typeof openEngine> | null = null;

function engine(): ReturnType<typeof openEngine> {
  opened ??= openEngine();
  return opened;
}

/** A raw LZ4 block of at most 1 MiB; valid until this thread packs or unpacks the next one. */
export function compressLz4(plain: Uint8Array): Uint8Array {
  assert(plain.length <= blockBytes, "a block is at most 1 MiB");
  const { bytes, compress } = engine();
  copyBytes(plain, bytes, plainAt);
  return bytes.subarray(packedAt, packedAt + compress(plainAt, plain.length, packedAt));
}

/** Where packed bytes may be put, so that they need not be copied to be unpacked. */
export const packedRoom = (): Uint8Array => engine().bytes.subarray(packedAt, packedAt + packedRoomBytes);

/**
 * Unpacks a u32 plain length and the raw block behind it; valid until this thread packs or unpacks the next one.
 * @throws Failure when the stream is damaged.
 */
export function uncompressLz4(prefixed: Uint8Array): Uint8Array {
  const { bytes, uncompress } = engine();
  const plainBytes = new DataView(prefixed.buffer, prefixed.byteOffset, prefixed.byteLength).getUint32(0, true);
  const length =
    plainBytes > blockBytes || prefixed.length - 4 > storedBytesMax
      ? -1
      : uncompressInto(bytes, prefixed.subarray(4), plainBytes, uncompress);
  if (length < 0) throw new Failure("corrupt", "vbk.block_lz4", "the LZ4 stream is damaged");
  return bytes.subarray(plainAt, plainAt + length);
}

function uncompressInto(
  memory: Uint8Array,
  packed: Uint8Array,
  room: number,
  uncompress: (...values: number[]) => number,
): number {
  const isHere = packed.buffer === memory.buffer && packed.byteOffset >= packedAt;
  if (!isHere) memory.set(packed, packedAt);
  return uncompress(isHere ? packed.byteOffset : packedAt, packed.length, plainAt, room);
}
