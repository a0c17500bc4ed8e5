import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { type Bytes, Failure, utf8 } from "@casaforte/kernel";

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
  readonly salt: Bytes;
  /** `tenant id/blob id`. */
  readonly name: string;
  readonly additionalData: Bytes;
}

/** What all segments of a blob share, prepared once: a key given as bytes costs as much as the sealing of some KiB. */
export function segmentContext(key: Bytes, salt: Bytes, name: string): SegmentContext {
  return { key: createSecretKey(key), salt, name, additionalData: utf8(name) };
}

function nonce(salt: Bytes, counter: number, last: boolean): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes.set(salt, 0);
  new DataView(bytes.buffer).setUint32(7, counter);
  bytes[11] = last ? 1 : 0;
  return bytes;
}

/** One segment to its stored form. */
export function sealSegment(context: SegmentContext, plain: Bytes, counter: number, last: boolean): Bytes[] {
  const cipher = createCipheriv("aes-256-gcm", context.key, nonce(context.salt, counter, last));
  cipher.setAAD(context.additionalData);
  const body = cipher.update(plain);
  cipher.final();
  return [body, cipher.getAuthTag()];
}

/** A stored segment back to plain bytes. @throws corrupt `blob.corrupt`. */
export function openSegment(context: SegmentContext, stored: Bytes, counter: number, last: boolean): Bytes {
  if (stored.length < tagBytes)
    throw new Failure("corrupt", "blob.corrupt", `segment ${counter} of ${context.name} is cut short`);
  const decipher = createDecipheriv("aes-256-gcm", context.key, nonce(context.salt, counter, last));
  decipher.setAAD(context.additionalData);
  decipher.setAuthTag(stored.subarray(stored.length - tagBytes));
  const plain = decipher.update(stored.subarray(0, stored.length - tagBytes));
  try {
    decipher.final();
  } catch (cause) {
    throw new Failure("corrupt", "blob.corrupt", `segment ${counter} of ${context.name} fails its authentication`, {
      cause,
    });
  }
  return plain;
}

/** Plain size from stored size (without the header). */
export function plainSize(storedSize: number): number {
  const segments = Math.max(1, Math.ceil(storedSize / storedSegmentBytes));
  return storedSize - segments * tagBytes;
}
