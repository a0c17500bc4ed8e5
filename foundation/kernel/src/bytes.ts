export type Bytes = Uint8Array<ArrayBufferLike>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text to UTF-8. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

/** UTF-8 to text; malformed input becomes U+FFFD. */
export const fromUtf8 = (bytes: Bytes): string => decoder.decode(bytes);

/** One array out of many; copies. */
export function concatBytes(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** A buffer as small as this may be one that several small arrays share. */
const ownBufferBytesMin = 16_384;

/**
 * Gives back the memory of bytes that nobody will look at again, where they have a buffer to themselves; they are empty
 * then. Left to the collector, buffers weigh on it, and it walks the whole heap for every 64 MiB of them.
 */
export function discardBytes({ buffer, byteLength }: Bytes): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength && byteLength >= ownBufferBytesMin)
    buffer.transfer(0);
}

/** Same length and same bytes, in time that depends only on the length. */
export function equalBytes(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Bytes): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** base64url without padding (RFC 4648 §5): safe in URLs, cookies and file names. */
export function toBase64Url(bytes: Bytes): string {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const a = bytes[index] ?? 0;
    const b = bytes[index + 1];
    const c = bytes[index + 2];
    text += alphabet.charAt(a >> 2) + alphabet.charAt(((a & 3) << 4) | ((b ?? 0) >> 4));
    if (b !== undefined) text += alphabet.charAt(((b & 15) << 2) | ((c ?? 0) >> 6));
    if (c !== undefined) text += alphabet.charAt(c & 63);
  }
  return text;
}
