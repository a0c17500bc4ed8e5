/**
 * The primitives that opening a sealed file needs, asynchronous so that WebCrypto can stand in for Node. Keys and
 * results are plain bytes; the caller zeroes what it must.
 */
export interface SealCrypto {
  pbkdf2Sha256(password: Uint8Array, salt: Uint8Array, rounds: number, length: number): Promise<Uint8Array>;
  hkdfSha256(key: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Promise<Uint8Array>;
  hmacSha256(key: Uint8Array, parts: readonly Uint8Array[]): Promise<Uint8Array>;
  sha256(parts: readonly Uint8Array[]): Promise<Uint8Array>;
  /** AES-256-CBC with PKCS#7 padding. */
  encryptCbc(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Promise<Uint8Array>;
  /** Rejects when the padding is wrong; callers authenticate first, so that means damage, not an oracle. */
  decryptCbc(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array>;
  /** As `decryptCbc`, of much at once: the plain bytes lie where the ciphertext lay, where that can be done. It is gone in any case. */
  decryptCbcInPlace(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array>;
}
