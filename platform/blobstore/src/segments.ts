import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { type Bytes, Failure, utf8 } from "@casaforte/kernel";
import { nativeGcm } from "./native-gcm.ts";

/**
 * Encryption at rest: plain bytes cut into 64 KiB segments, each AES-256-GCM under the blob's own key. Nonce (12 bytes) =
 * blob salt (7) ‖ segment counter (4, big-endian) ‖ last-segment flag (1), so that segments cannot be reordered,
 * dropped or appended; additional data = tenant and blob id, so that a blob cannot pose as another. A stored segment is
 * ciphertext ‖ tag (16). The layout of the file around it is in file-layout.ts and README.md.
 */
export const segmentBytes = 64 * 1024;
export const tagBytes = 16;
export const storedSegmentBytes = segmentBytes + tagBytes;
export const saltBytes = 7;

export interface SegmentContext {
  readonly key: KeyObject;
  /** The same, for the native cipher. */
  readonly keyBytes: Bytes;
  readonly salt: Bytes;
  /** `tenant id/blob id`. */
  readonly name: string;
  readonly additionalData: Bytes;
}

/** What all segments of a blob share, prepared once: a key given as bytes costs as much as the sealing of some KiB. */
export function segmentContext(key: Bytes, salt: Bytes, name: string): SegmentContext {
  return { key: createSecretKey(key), keyBytes: key, salt, name, additionalData: utf8(name) };
}

function nonce(salt: Bytes, counter: number, last: boolean): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes.set(salt, 0);
  new DataView(bytes.buffer).setUint32(7, counter);
  bytes[11] = last ? 1 : 0;
  return bytes;
}

/** One segment to its stored form, into memory that is `tagBytes` longer than it. */
export function sealSegmentInto(
  { key, keyBytes, salt, additionalData }: SegmentContext,
  { plain, counter, last }: { readonly plain: Bytes; readonly counter: number; readonly last: boolean },
  into: Bytes,
): void {
  const gcm = nativeGcm();
  const iv = nonce(salt, counter, last);
  if (gcm !== null) {
    gcm.seal({ key: keyBytes, nonce: iv, additionalData }, plain, into);
    return;
  }
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(additionalData);
  into.set(cipher.update(plain));
  cipher.final();
  into.set(cipher.getAuthTag(), plain.length);
}

/** One segment to its stored form. */
export function sealSegment(context: SegmentContext, plain: Bytes, counter: number, last: boolean): Bytes {
  const stored = Buffer.allocUnsafe(plain.length + tagBytes);
  sealSegmentInto(context, { plain, counter, last }, stored);
  return stored;
}

/** A stored segment back to plain bytes. @throws corrupt `blob.corrupt`. */
export function openSegment(context: SegmentContext, stored: Bytes, counter: number, last: boolean): Bytes {
  const plain = Buffer.allocUnsafe(Math.max(0, stored.length - tagBytes));
  openSegmentInto(context, { stored, counter, last }, plain);
  return plain;
}

/** The same into memory that is `tagBytes` shorter than what is stored; zeros when it throws. */
export function openSegmentInto(
  { key, keyBytes, salt, additionalData, name }: SegmentContext,
  { stored, counter, last }: { readonly stored: Bytes; readonly counter: number; readonly last: boolean },
  into: Bytes,
): void {
  if (stored.length < tagBytes)
    throw new Failure("corrupt", "blob.corrupt", `segment ${counter} of ${name} is cut short`);
  const gcm = nativeGcm();
  const iv = nonce(salt, counter, last);
  const forged = (cause?: unknown) =>
    new Failure("corrupt", "blob.corrupt", `segment ${counter} of ${name} fails its authentication`, { cause });
  if (gcm !== null) {
    if (!gcm.open({ key: keyBytes, nonce: iv, additionalData }, stored, into)) throw forged();
    return;
  }
  const decipher = createDecipheriv("aes-256-gcm", key, iv);
  decipher.setAAD(additionalData);
  decipher.setAuthTag(stored.subarray(stored.length - tagBytes));
  const plain = decipher.update(stored.subarray(0, stored.length - tagBytes));
  try {
    decipher.final();
  } catch (cause) {
    throw forged(cause);
  }
  into.set(plain);
}

/** Plain size from stored size (without the header). */
export function plainSize(storedSize: number): number {
  const segments = Math.max(1, Math.ceil(storedSize / storedSegmentBytes));
  return storedSize - segments * tagBytes;
}
