// RFC 9051 §6.4.5 BINARY, RFC 3516
import { type Bytes, Failure } from "@casaforte/kernel";
import { decodeTransfer } from "@casaforte/mime";
import type { BodyPart } from "./message-structure.ts";
import { type ByteRange, findPart } from "./section-range.ts";
import type { SectionItem } from "./syntax/fetch-items.ts";

/** The largest part that is decoded: its length must be said before its first byte, so all of it is in memory. */
const partBytesMax = 32 * 1024 * 1024;

/** A part's bytes as they were before the transfer encoding. */
export type DecodedPart =
  | { readonly text: string }
  | { readonly lengthBytes: number; readonly body: Bytes; readonly hasNul: boolean };

/**
 * What BINARY and BINARY.SIZE answer for a part; `read` gives the part as it is stored.
 * @throws unsupported `imap.unknown_cte`, too_large `imap.binary_size`.
 */
export async function loadBinary(
  structure: BodyPart,
  { item, range }: { readonly item: SectionItem; readonly range: ByteRange },
  read: (range: ByteRange) => Promise<Bytes>,
): Promise<DecodedPart> {
  const encoding = encodingOf(structure, item.section.path);
  const isEncoded = encoding === "base64" || encoding === "quoted-printable";
  if (item.binary === "size" && !isEncoded) return { text: String(range.length) };
  if (range.length > partBytesMax)
    throw new Failure("too_large", "imap.binary_size", "The part is too large to decode here");
  const stored = await read(range);
  const whole = isEncoded
    ? decodeTransfer(Buffer.from(stored.buffer, stored.byteOffset, stored.length), encoding)
    : stored;
  if (item.binary === "size") return { text: String(whole.length) };
  const { partial } = item;
  const body = partial ? whole.subarray(partial.offset, partial.offset + partial.length) : whole;
  return { lengthBytes: body.length, body, hasNul: body.includes(0) };
}

/** Parts inside have encodings of their own: the whole message and a multipart are as they are. */
function encodingOf(structure: BodyPart, path: readonly number[]): string {
  const part = path.length === 0 ? null : findPart(structure, path);
  if (!part || part.parts) return "binary";
  const encoding = part.encoding.toLowerCase();
  if (["7bit", "8bit", "binary", "base64", "quoted-printable"].includes(encoding)) return encoding;
  throw new Failure("unsupported", "imap.unknown_cte", "The part has a transfer encoding nobody knows");
}
