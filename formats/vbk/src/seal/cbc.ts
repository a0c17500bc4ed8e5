import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { assert } from "@casaforte/kernel";
import { type NativeCbc, nativeCbc } from "./native-cbc.ts";

/** Pieces a cipher is fed: its results then come from the heap's reuse and not from fresh pages of the system. */
export const cipherPieceBytes = 65_536;

/** Feeds a cipher piece by piece into `into`. Returns the bytes written. */
export function feedCipher(
  cipher: { update(piece: Uint8Array): Uint8Array; final(): Uint8Array },
  parts: readonly Uint8Array[],
  into: Uint8Array,
): number {
  let written = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += cipherPieceBytes) {
      const piece = cipher.update(part.subarray(at, at + cipherPieceBytes));
      into.set(piece, written);
      written += piece.length;
    }
  }
  const last = cipher.final();
  into.set(last, written);
  return written + last.length;
}

/** Length of `plainBytes` after AES-CBC with PKCS#7 padding. */
export const cbcBytes = (plainBytes: number): number => (Math.floor(plainBytes / 16) + 1) * 16;

/** From here on a call into OpenSSL costs less than the pieces' buffers. */
const nativeBytesMin = 65_536;
/** To open the library takes 0.04 s of processor time: a run with nothing new, which has a few blocks, is done without. */
const bytesBeforeNative = 4 * 0x10_0000;
let bytesWithout = 0;

function nativeFor(lengthBytes: number): NativeCbc | null {
  if (lengthBytes < nativeBytesMin) return null;
  if (bytesWithout >= bytesBeforeNative) return nativeCbc();
  bytesWithout += lengthBytes;
  return null;
}

/** AES-256-CBC, PKCS#7, into a buffer that has room for it and two blocks more. Returns the ciphertext's length. */
export function encryptCbcInto(
  key: Uint8Array,
  iv: Uint8Array,
  parts: readonly Uint8Array[],
  into: Uint8Array,
): number {
  const native = nativeFor(parts.reduce((sum, { length }) => sum + length, 0));
  if (native !== null) return native.run("encrypt", { key, iv }, parts, into);
  return feedCipher(createCipheriv("aes-256-cbc", key, iv), parts, into);
}

export function encryptCbc(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array {
  const ciphertext = new Uint8Array(cbcBytes(plain.length));
  feedCipher(createCipheriv("aes-256-cbc", key, iv), [plain], ciphertext);
  return ciphertext;
}

/** Writes the ciphertext of the first `plainBytes` bytes of `room` over them and on. Returns its length. */
export function encryptCbcInPlace(key: Uint8Array, iv: Uint8Array, room: Uint8Array, plainBytes: number): number {
  assert(room.length >= cbcBytes(plainBytes), "the padding has room");
  // A piece is read before its ciphertext, as long as it, is written over it.
  return feedCipher(createCipheriv("aes-256-cbc", key, iv), [room.subarray(0, plainBytes)], room);
}

/** As `encryptCbcInto`, the other way. @throws Error when the padding is wrong. */
export function decryptCbcInto(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array, into: Uint8Array): number {
  const native = nativeFor(ciphertext.length);
  if (native !== null) return native.run("decrypt", { key, iv }, [ciphertext], into);
  return feedCipher(createDecipheriv("aes-256-cbc", key, iv), [ciphertext], into);
}

/** @throws Error when the padding is wrong. */
export function decryptCbc(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const plain = new Uint8Array(ciphertext.length);
  const length = feedCipher(createDecipheriv("aes-256-cbc", key, iv), [ciphertext], plain);
  return plain.subarray(0, length);
}

/** Writes the plain bytes over the ciphertext, and returns them. @throws Error when the padding is wrong: it is gone then, too. */
export function decryptCbcInPlace(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  // A piece is read before its plain bytes, no longer than it, are written over it.
  const length = feedCipher(createDecipheriv("aes-256-cbc", key, iv), [ciphertext], ciphertext);
  return ciphertext.subarray(0, length);
}

export function hmacSha256(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}
