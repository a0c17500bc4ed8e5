import { createHash } from "node:crypto";
import { equalBytes, Failure } from "@casaforte/kernel";
import { alignUp } from "../layout.ts";
import { packedRoom } from "../lz4-native.ts";
import type { StoredBlock, ThreadKeys } from "../types.ts";
import { uncompressed } from "../uncompressed.ts";
import { decryptCbcInto, hmacSha256 } from "./cbc.ts";
import { blockMacInput } from "./mac-inputs.ts";

/** What of a stored block its opening needs. */
export type UnsealedAs = Pick<StoredBlock, "storedSize" | "sourceSize" | "compression" | "hmac">;

/**
 * Opens a block in a thread: authenticates, decrypts, unpacks, checks the length. Synchronous. The plain bytes are valid
 * until this thread opens the next block. Its CRC is left alone: the stored bytes are those that were sealed, and whoever
 * writes files compares each chunk with the keyed hash of what was read at first.
 * @throws corrupt `vbk.block_authentication`, `vbk.block_lz4`, `vbk.block_zstd`, `vbk.block_size`.
 */
export function unsealBlock(block: UnsealedAs, stored: Uint8Array, keys: ThreadKeys): Uint8Array {
  const sha256 = createHash("sha256")
    .update(stored)
    .update(zeros.subarray(0, alignUp(stored.length) - stored.length));
  const tag = hmacSha256(keys.macKey, blockMacInput(keys.keySetId, stored.length, sha256.digest()));
  if (stored.length !== block.storedSize || !equalBytes(tag, block.hmac)) {
    throw new Failure("corrupt", "vbk.block_authentication", "a block is not what was sealed");
  }
  const plain = uncompressed(block, decrypt(stored, keys), { crc: false });
  if (plain.length !== block.sourceSize) {
    throw new Failure("corrupt", "vbk.block_size", "a block has another length than its entry says");
  }
  return plain;
}

const zeros = new Uint8Array(4096);
function decrypt(stored: Uint8Array, keys: ThreadKeys): Uint8Array {
  const room = packedRoom();
  try {
    return room.subarray(0, decryptCbcInto(keys.key, keys.iv, stored, room));
  } catch (cause) {
    throw new Failure("corrupt", "vbk.block_authentication", "authentic bytes that do not decrypt", { cause });
  }
}
