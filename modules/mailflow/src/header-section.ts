import { type Bytes, concatBytes, Failure, utf8 } from "@casaforte/kernel";
import { decodeHeaderText } from "@casaforte/mime";
import { mailflowLimits } from "./limits.ts";

/** One header field as it stands, folded lines and final CRLF included. */
export interface HeaderField {
  /** Lower case. */
  readonly name: string;
  readonly raw: Bytes;
  /** Unfolded, without surrounding blanks; bytes that are not UTF-8 become U+FFFD. */
  readonly value: string;
}

export interface SplitMessage {
  readonly fields: readonly HeaderField[];
  /** From the blank line on, as it came; empty when there is no body. */
  readonly body: AsyncIterable<Bytes>;
}

const latin = (bytes: Bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Where the header section ends: the index of the blank line, or -1. */
function headerEnd(bytes: Buffer): number {
  if (bytes.length >= 2 && bytes[0] === 13 && bytes[1] === 10) return 0;
  const index = bytes.indexOf("\r\n\r\n");
  return index === -1 ? -1 : index + 2;
}

/** The fields of a header section, in order. Lines that are no field are kept under the empty name. */
export function parseHeaderFields(section: Bytes): HeaderField[] {
  const lines = latin(section)
    .toString("latin1")
    .split(/(?<=\r\n)(?![ \t])/);
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const name = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/.exec(line)?.[1]?.toLowerCase() ?? "";
      const raw = Buffer.from(line, "latin1");
      const value = raw
        .toString("utf8")
        .slice(line.indexOf(":") + 1)
        .replace(/\r\n(?=[ \t])/g, "")
        .trim();
      return { name, raw, value };
    });
}

/** Reads the header section of a message and leaves the body streaming. @throws too_large `mailflow.header_too_large`. */
export async function splitMessage(source: AsyncIterable<Bytes>): Promise<SplitMessage> {
  const iterator = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let end = -1;
  while (end === -1) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
    end = headerEnd(head);
    if (end === -1 && head.length > mailflowLimits.headerBytesMax)
      throw new Failure("too_large", "mailflow.header_too_large", "the header section is too large");
  }
  const section = end === -1 ? head : head.subarray(0, end);
  const first = end === -1 ? Buffer.alloc(0) : head.subarray(end);
  async function* body(): AsyncGenerator<Bytes> {
    if (first.length > 0) yield first;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  }
  return { fields: parseHeaderFields(section), body: body() };
}

/** Reads no more than the header section. */
export async function readHeaderFields(source: AsyncIterable<Bytes>): Promise<readonly HeaderField[]> {
  let head = Buffer.alloc(0);
  for await (const chunk of source) {
    head = Buffer.concat([head, chunk]);
    const end = headerEnd(head);
    if (end !== -1) return parseHeaderFields(head.subarray(0, end));
    if (head.length > mailflowLimits.headerBytesMax) break;
  }
  return parseHeaderFields(head.subarray(0, mailflowLimits.headerBytesMax));
}

/** A message again. */
export async function* joinMessage(
  fields: readonly Pick<HeaderField, "raw">[],
  body: AsyncIterable<Bytes>,
): AsyncGenerator<Bytes> {
  yield concatBytes(fields.map((field) => field.raw));
  yield* body;
}

/** A field to put on top. The value must be of one line. */
export const field = (name: string, value: string): HeaderField => ({
  name: name.toLowerCase(),
  value,
  raw: utf8(`${name}: ${value.replace(/[\r\n]+/g, " ")}\r\n`),
});

/** The Message-ID as written, at most 250 characters; empty when there is none. */
export const messageIdOf = (fields: readonly HeaderField[]): string =>
  /<[^<>\s]{1,248}>/.exec(fields.find((one) => one.name === "message-id")?.value ?? "")?.[0] ?? "";

/** A field's value for people: decoded (RFC 2047), one line, bounded; empty when it is not there. */
export function shownValue(fields: readonly HeaderField[], name: string): string {
  const value = fields.find((one) => one.name === name)?.value ?? "";
  // The reader of headers wants one character a byte.
  return decodeHeaderText(Buffer.from(value, "utf8").toString("latin1"))
    .replace(/\p{Cc}+/gu, " ")
    .slice(0, mailflowLimits.shownTextMax);
}
