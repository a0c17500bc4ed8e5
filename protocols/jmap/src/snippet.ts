import type { Bytes } from "@casaforte/kernel";
import { htmlToText, indexMessage, isInlineText, leafParts, partText } from "@casaforte/mime";
import { snippetLeadChars, snippetOctetsMax } from "./limits.ts";

/** Escaped text with `<mark>` around each match, or null without a match (RFC 8621 §5). Words are in lower case. */
export function markAll(text: string, words: readonly string[]): string | null {
  return firstMatch(lowered(text), words) < 0 ? null : mark(text, words, 0, Number.POSITIVE_INFINITY);
}

/** The first place of a longer text where something matches, marked, in at most 255 octets; null without a match. */
export function snippetOf(text: string, words: readonly string[]): string | null {
  const line = text.replace(/\s+/g, " ").trim();
  const at = firstMatch(lowered(line), words);
  return at < 0 ? null : mark(line, words, leadOf(line, at), snippetOctetsMax);
}

/** What a reader shows of a message, as one text; nested messages and attachments are not in it. */
export function bodyText(message: Bytes): string {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  const texts = [...leafParts(indexMessage(bytes).structure)].filter(isInlineText).map(({ part }) => {
    const text = partText(bytes, part);
    return part.subtype === "html" ? htmlToText(text) : text;
  });
  return texts.join("\n");
}

/** As long as the text, so that places in both are the same. */
const lowered = (text: string): string =>
  text.replace(/\p{Lu}/gu, (letter) => {
    const small = letter.toLowerCase();
    return small.length === letter.length ? small : letter;
  });

function firstMatch(lower: string, words: readonly string[]): number {
  const places = words.map((word) => lower.indexOf(word)).filter((place) => place >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

/** A few words before a match, from the beginning of one. */
function leadOf(line: string, match: number): number {
  const earliest = match - snippetLeadChars;
  if (earliest <= 0) return 0;
  const space = line.indexOf(" ", earliest);
  return space >= 0 && space < match ? space + 1 : match;
}

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function mark(text: string, words: readonly string[], from: number, octetsMax: number): string {
  const lower = lowered(text);
  let marked = "";
  let octets = 0;
  for (let at = from; at < text.length; ) {
    const word = words.find((candidate) => lower.startsWith(candidate, at));
    const whole =
      word === undefined ? String.fromCodePoint(text.codePointAt(at) ?? 0) : text.slice(at, at + word.length);
    const piece = word === undefined ? escapeHtml(whole) : `<mark>${escapeHtml(whole)}</mark>`;
    octets += Buffer.byteLength(piece);
    if (octets > octetsMax) break;
    marked += piece;
    at += whole.length;
  }
  return marked;
}
