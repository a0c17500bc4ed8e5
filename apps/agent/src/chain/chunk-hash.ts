import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { ChunkHash } from "@casaforte/arena";
import { type Bytes, equalBytes } from "@casaforte/kernel";

/** The last key as the library wants it: a key given as bytes costs as much as the hash of a small file. */
let last: { readonly bytes: Bytes; readonly key: KeyObject } | null = null;

function keyOf(bytes: Bytes): KeyObject {
  if (last === null || !equalBytes(last.bytes, bytes)) last = { bytes: bytes.slice(), key: createSecretKey(bytes) };
  return last.key;
}

/** The arena's keyed hash: HMAC-SHA-256. */
export const chunkHash: ChunkHash = (key, bytes) => createHmac("sha256", keyOf(key)).update(bytes).digest();
