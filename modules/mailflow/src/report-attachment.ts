import { promisify } from "node:util";
import { gunzip, inflateRaw } from "node:zlib";
import { type Bytes, Failure, fromUtf8 } from "@casaforte/kernel";
import { decodeTransfer, leafParts, parseMessage } from "@casaforte/mime";
import { mailflowLimits } from "./limits.ts";

const tooLarge = () => new Failure("too_large", "mailflow.report_too_large", "the report is too large");
const broken = () =>
  new Failure("invalid", "mailflow.report_unreadable", "the report cannot be read: it is no archive");

/**
 * The text of the one report in a message: gzip (RFC 8460, RFC 7489), zip, or bare; told by its first bytes, since
 * reporters name types as they like. Inflates no more than `reportTextBytesMax`. @throws invalid
 * `mailflow.report_unreadable`, too_large `mailflow.report_too_large`.
 */
export async function reportIn(message: Bytes): Promise<string> {
  const raw = viewOf(message);
  const { index } = parseMessage(raw);
  for (const { part } of leafParts(index.structure)) {
    const body = raw.subarray(part.bodyOffset, part.bodyOffset + part.bodySizeBytes);
    const content = viewOf(decodeTransfer(body, part.encoding));
    const isGzip = content[0] === 0x1f && content[1] === 0x8b;
    const isZip = content.length >= 30 && content.readUInt32LE(0) === localHeader;
    if (isGzip) return textOf(await inflated(unpackGzip(content, bound)));
    if (isZip) return textOf(await unzip(content));
    const start = content.subarray(0, 200).toString("latin1");
    if (/^(?:\xef\xbb\xbf)?\s*(?:<\?xml|<feedback|\{)/.test(start)) return textOf(content);
  }
  throw broken();
}

const viewOf = (bytes: Bytes): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
/** Off the event loop. */
const unpackGzip = promisify<Buffer, typeof bound, Buffer>(gunzip);
const unpackRaw = promisify<Buffer, typeof bound, Buffer>(inflateRaw);

const bound = { maxOutputLength: mailflowLimits.reportTextBytesMax };
const localHeader = 0x04034b50;

function textOf(bytes: Bytes): string {
  if (bytes.length > mailflowLimits.reportTextBytesMax) throw tooLarge();
  return fromUtf8(bytes);
}

async function inflated(work: Promise<Buffer>): Promise<Buffer> {
  try {
    return await work;
  } catch (cause) {
    if ((cause as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw broken();
  }
}

/** The first file of a zip archive by its local header (APPNOTE 4.3.7); an archive of a report holds one. */
async function unzip(zip: Buffer): Promise<Buffer> {
  const method = zip.readUInt16LE(8);
  const start = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
  // Deflate knows its own end; the sizes in the header may be zero, and are not believed.
  if (method === 8) return inflated(unpackRaw(zip.subarray(start), bound));
  if (method === 0) return zip.subarray(start, start + zip.readUInt32LE(18));
  throw broken();
}
