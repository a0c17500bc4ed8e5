import { sha256 as create } from "@noble/hashes/sha2.js";

/** SHA-256 over parts, synchronous, for the few short inputs that are hashed so: WebCrypto hashes the long ones. */
export function sha256(parts: readonly Uint8Array[]): Uint8Array {
  const hash = create.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}
