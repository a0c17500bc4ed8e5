import { concatBytes, Failure, fromUtf8, utf8 } from "@casaforte/kernel";
import { z } from "zod";
import { vaultHeaders } from "./contract.ts";
import { vaultLimits } from "./limits.ts";

/**
 * Parts over a connection that was upgraded (RFC 9110 §7.8; PROTOCOL.md, "Parts one after the other"): frames of a length
 * (4 bytes, big-endian) and so many bytes of JSON. A frame of the client is followed by its part's bytes and answered by one of
 * the vault.
 */
export const partStreamProtocol = "casaforte-parts/1";
export const frameLengthBytes = 4;
/** Of the client's frames; the longest names 32 holes. */
export const partFrameBytesMax = 4096;

const partFrame = z.strictObject({
  n: z
    .int()
    .min(0)
    .max(vaultLimits.partsMax - 1),
  length: z.int().min(1).max(vaultLimits.partBytesMax),
  /** As they stand in the headers of `PUT …/parts/{n}`. */
  [vaultHeaders.offset]: z.string(),
  [vaultHeaders.sha256]: z.string(),
  [vaultHeaders.holes]: z.string().optional(),
});
export type PartFrame = z.infer<typeof partFrame>;

const partAnswer = z.object({ status: z.int(), retryAfter: z.string().optional(), body: z.unknown() });
/** As the answer to `PUT …/parts/{n}` would be. */
export type PartAnswer = z.infer<typeof partAnswer>;

/** A frame with its length before it. */
export function frameOf(value: PartFrame | PartAnswer): Uint8Array<ArrayBuffer> {
  const text = utf8(JSON.stringify(value));
  const length = new Uint8Array(frameLengthBytes);
  new DataView(length.buffer).setUint32(0, text.length);
  return concatBytes([length, text]);
}

export const frameLength = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, frameLengthBytes).getUint32(0);

/** @throws invalid `vault.invalid`. */
export const partFrameOf = (bytes: Uint8Array): PartFrame => read(partFrame, bytes);
/** @throws invalid `vault.invalid`. */
export const partAnswerOf = (bytes: Uint8Array): PartAnswer => read(partAnswer, bytes);

function read<S extends z.ZodType>(schema: S, bytes: Uint8Array): z.infer<S> {
  try {
    return schema.parse(JSON.parse(fromUtf8(bytes)));
  } catch (cause) {
    throw new Failure("invalid", "vault.invalid", "a frame does not fit the protocol", { cause });
  }
}
