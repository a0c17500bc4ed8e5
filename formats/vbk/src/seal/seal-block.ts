import { createCipheriv } from "node:crypto";
import { assert } from "@casaforte/kernel";
import { alignUp, blockBytes, compression, digestBytes } from "../layout.ts";
import { compressBlock, lz4HeadBytes } from "../lz4-block.ts";
import { sha256 } from "../sha256.ts";
import type { PackedBlock } from "../types.ts";
import { cbcBytes, feedCipher, hmacSha256 } from "./cbc.ts";
import { blockMacInput } from "./mac-inputs.ts";

/** What a thread needs to seal the blocks of one file. Plain data: it can be posted to a worker. */
export interface BlockKeys {
  readonly keySetId: Uint8Array;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly macKey: Uint8Array;
  readonly digestKey: Uint8Array;
}

/**
 * Seals a block: keyed digest, LZ4 with the layout's head, AES-256-CBC, HMAC-SHA-256 of the ciphertext. Pure and
 * synchronous; let the event loop turn every few blocks (see `compressBlock`). FORMAT.md §8.
 */
export function sealBlock(plain: Uint8Array, keys: BlockKeys): PackedBlock {
  assert(plain.length > 0 && plain.length <= blockBytes, "a block is 1 byte to 1 MiB");
  // Compressed even when it grows: the head's CRC makes the first cipher block differ although the layout fixes the IV.
  const lz4 = compressBlock(plain);
  const storedSize = cbcBytes(lz4HeadBytes + lz4.body.length);
  const stored = new Uint8Array(alignUp(storedSize));
  feedCipher(createCipheriv("aes-256-cbc", keys.key, keys.iv), [lz4.head, lz4.body], stored);
  return {
    stored,
    allocatedSize: stored.length,
    storedSize,
    sourceSize: plain.length,
    digest: hmacSha256(keys.digestKey, [plain]).slice(0, digestBytes),
    compression: compression.lz4,
    hmac: hmacSha256(keys.macKey, blockMacInput(keys.keySetId, stored.subarray(0, storedSize))),
    sha256: sha256([stored]),
    keySetId: keys.keySetId,
  };
}
