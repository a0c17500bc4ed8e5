import iconv from "iconv-lite";
import libmime from "libmime";
import type { Parameters } from "./message-index.ts";
import { parameter } from "./structured-field.ts";

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** Bytes in a named charset to text; an unknown or lying charset falls back to UTF-8, then windows-1252. Never throws. */
export function decodeCharset(bytes: Buffer, charset: string | null): string {
  const name = (charset ?? "").trim().toLowerCase();
  const isUtf8 = name === "" || name === "utf-8" || name === "utf8" || name === "us-ascii" || name === "ascii";
  if (!isUtf8) {
    try {
      if (iconv.encodingExists(name)) return iconv.decode(bytes, name);
    } catch {
      // A codec that fails on hostile bytes is treated like an unknown one.
    }
  }
  return decodeUnlabelled(bytes);
}

function decodeUnlabelled(bytes: Buffer): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return iconv.decode(bytes, "windows-1252");
  }
}

/**
 * A header value (binary string) to text: 8-bit bytes as UTF-8 or windows-1252, then encoded words (RFC 2047), split
 * characters joined. White space runs of folded lines become one space. Never throws; well formed; no U+0000.
 */
export function decodeHeaderText(value: string | null): string {
  if (value === null) return "";
  let text = isAscii(value) ? value : decodeUnlabelled(Buffer.from(value, "latin1"));
  if (text.includes("=?")) {
    try {
      text = libmime.decodeWords(text);
    } catch {
      // The undecoded text is better than none.
    }
  }
  return cleanText(text)
    .replace(/[\r\n\t ]+/g, " ")
    .trim();
}

/** A parameter with its RFC 2231 continuations and charsets, or encoded words, decoded; null when absent. */
export function decodedParameter(parameters: Parameters, name: string): string | null {
  const plain = parameter(parameters, name);
  const pieces = parameters
    .map(([key, value]) => ({ match: /^(.*?)\*(?:(\d{1,3})(\*)?)?$/.exec(key), value }))
    .filter(({ match }) => match?.[1] === name)
    .sort((a, b) => Number(a.match?.[2] ?? 0) - Number(b.match?.[2] ?? 0));
  if (pieces.length === 0) return plain === null ? null : decodeHeaderText(plain);
  let charset: string | null = null;
  const bytes = pieces.map(({ match, value }, index) => {
    const isEncoded = match?.[2] === undefined || match[3] === "*";
    if (!isEncoded) return Buffer.from(value, "latin1");
    const [head, , ...rest] = value.split("'");
    if (index === 0 && rest.length > 0) charset = head ?? null;
    return percentDecode(index === 0 && rest.length > 0 ? rest.join("'") : value);
  });
  return cleanText(decodeCharset(Buffer.concat(bytes), charset))
    .replace(/[\r\n\t ]+/g, " ")
    .trim();
}

function percentDecode(value: string): Buffer {
  const binary = value.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(binary, "latin1");
}

/** Undoes a Content-Transfer-Encoding (RFC 2045 §6). Unknown encodings and damage: the bytes as far as they go. */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer {
  if (encoding === "base64") return decodeBase64(bytes);
  if (encoding === "quoted-printable") return decodeQuotedPrintable(bytes);
  return bytes;
}

/** Text joined from several encoded runs may be padded in the middle, where Node's decoder would stop. */
function decodeBase64(bytes: Buffer): Buffer {
  const text = bytes.toString("latin1");
  const pad = text.indexOf("=");
  if (pad < 0 || !/[A-Za-z0-9+/]/.test(text.slice(pad))) return Buffer.from(text, "base64");
  return Buffer.concat(text.split(/=+/, 10_000).map((run) => Buffer.from(run, "base64")));
}

function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte !== 61) {
      out[length++] = byte;
      continue;
    }
    const high = hexValue(bytes[at + 1]);
    const low = hexValue(bytes[at + 2]);
    if (high >= 0 && low >= 0) {
      out[length++] = high * 16 + low;
      at += 2;
      continue;
    }
    // A soft line break: `=`, perhaps white space, line end.
    let end = at + 1;
    while (bytes[end] === 32 || bytes[end] === 9) end++;
    if (bytes[end] === 13 && bytes[end + 1] === 10) at = end + 1;
    else if (bytes[end] === 10) at = end;
    else if (end >= bytes.length) at = bytes.length;
    else out[length++] = byte;
  }
  return out.subarray(0, length);
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** Well formed and without U+0000: what PostgreSQL takes as text and as JSON. */
export function cleanText(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed();
  return formed.includes("\0") ? formed.replaceAll("\0", "") : formed;
}

/** How texts are compared in SEARCH and SORT: NFC, lower case. */
export function foldText(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return cleanText(text.normalize("NFC").toLowerCase().normalize("NFC"));
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}
