import { SyntaxFailure } from "./syntax-failure.ts";

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });
const highByte = /[\x80-\xff]/;

/** One character a byte → Unicode. @throws SyntaxFailure for malformed UTF-8. */
export function decodeUtf8(binary: string): string {
  if (!highByte.test(binary)) return binary;
  try {
    return strictUtf8.decode(Buffer.from(binary, "latin1"));
  } catch {
    throw new SyntaxFailure("Text is not UTF-8");
  }
}

/** Unicode → one character a byte. */
export function encodeUtf8(text: string): string {
  return /[^\x00-\x7f]/.test(text) ? Buffer.from(text, "utf8").toString("latin1") : text;
}

/** For the human text of a reply: printable US-ASCII on one line, whatever came in. */
export function plainText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 400);
}
