import { createHash, type Hash } from "node:crypto";
import { assert } from "@casaforte/kernel";
import { alignUp, blockBytes, type Compression, compression, digestBytes, storedBytesMax } from "../layout.ts";
import { compressBlock, type PackedBytes } from "../lz4-block.ts";
import type { BlockReceipt, PackedBlock, ThreadKeys } from "../types.ts";
import { compressZstd } from "../zstd-block.ts";
import { cbcBytes, encryptCbcInto, hmacSha256 } from "./cbc.ts";
import { blockMacInput } from "./mac-inputs.ts";

/** What a thread needs to seal the blocks of one file. Plain data: it can be posted to a worker. */
export type BlockKeys = ThreadKeys;

export interface SealOptions {
  /** LZ4 by default; zstd takes more time and less room. */
  readonly compression?: Exclude<Compression, typeof compression.none>;
  /** Takes the stored bytes while they are in the processor's cache: a hash over a whole part. */
  readonly also?: Hash;
}

/** What sealing a block may write to: the block at its longest, and what a cipher wants behind it. */
export const sealRoomBytes = storedBytesMax + 4096;

/** `sealBlockInto` with room of its own. */
export function sealBlock(plain: Uint8Array, keys: BlockKeys, options: SealOptions = {}): PackedBlock {
  const room = new Uint8Array(sealRoomBytes);
  const receipt = sealBlockInto(plain, keys, room, options);
  return { ...receipt, stored: room.slice(0, receipt.allocatedSize) };
}

/**
 * Seals a block into `into`, which has room for `sealRoomBytes`: compression with a head that differs from block to
 * block, AES-256-CBC, SHA-256 of what is stored, HMAC over that. The ciphertext is hashed once: the same sum stands in
 * the clear block map. Synchronous; let the event loop turn every few blocks (see `compressBlock`). FORMAT.md §8.
 */
export function sealBlockInto(
  plain: Uint8Array,
  keys: BlockKeys,
  into: Uint8Array,
  options: SealOptions = {},
): BlockReceipt {
  assert(plain.length > 0 && plain.length <= blockBytes, "a block is 1 byte to 1 MiB");
  assert(into.length >= sealRoomBytes, "a sealed block has room");
  const kind = options.compression ?? compression.lz4;
  // Compressed even when it grows: the head's CRC makes the first cipher block differ although the layout fixes the IV.
  const packed: PackedBytes = kind === compression.zstd ? compressZstd(plain) : compressBlock(plain);
  const storedSize = encryptCbcInto(keys.key, keys.iv, [packed.head, packed.body], into);
  assert(storedSize === cbcBytes(packed.head.length + packed.body.length), "the cipher pads as it must");
  const allocatedSize = alignUp(storedSize);
  into.fill(0, storedSize, allocatedSize);
  const stored = into.subarray(0, allocatedSize);
  options.also?.update(stored);
  const sha256 = new Uint8Array(createHash("sha256").update(stored).digest());
  const hmac = hmacSha256(keys.macKey, blockMacInput(keys.keySetId, storedSize, sha256));
  return {
    allocatedSize,
    storedSize,
    sourceSize: plain.length,
    digest: hmac.slice(0, digestBytes),
    compression: kind,
    hmac,
    sha256,
    keySetId: keys.keySetId,
  };
}
