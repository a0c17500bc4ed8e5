import type { BodyPart } from "./message-structure.ts";
import type { Section } from "./syntax/fetch-items.ts";

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * Where a section's bytes lie in the message (RFC 9051 §6.4.5.1); for header fields, where their header lies. Null when
 * there is no such part.
 */
export function sectionRange(root: BodyPart, section: Section): ByteRange | null {
  if (section.path.length === 0) return rootRange(root, section);
  const part = findPart(root, section.path);
  if (!part) return null;
  switch (section.text) {
    case "all":
      return { offset: part.bodyOffset, length: part.bodySizeBytes };
    case "mime":
      return { offset: part.headerOffset, length: part.headerSizeBytes };
    case "text":
      return part.message ? body(part.message.structure) : null;
    case "header":
    case "fields":
    case "fields_not":
      return part.message ? header(part.message.structure) : null;
  }
}

function rootRange(root: BodyPart, section: Section): ByteRange | null {
  switch (section.text) {
    case "all":
      return { offset: 0, length: root.headerSizeBytes + root.bodySizeBytes };
    case "text":
      return body(root);
    case "mime":
      return null;
    case "header":
    case "fields":
    case "fields_not":
      return header(root);
  }
}

const header = (part: BodyPart): ByteRange => ({ offset: part.headerOffset, length: part.headerSizeBytes });
const body = (part: BodyPart): ByteRange => ({ offset: part.bodyOffset, length: part.bodySizeBytes });

/** The part of this number, or null. */
export function findPart(root: BodyPart, path: readonly number[]): BodyPart | null {
  let part = root;
  for (const [level, number] of path.entries()) {
    // Numbers count the parts of a multipart, the one part of anything else, and see through message/rfc822.
    const container: BodyPart = level > 0 && part.message ? part.message.structure : part;
    if (container.parts) {
      const child = container.parts[number - 1];
      if (!child) return null;
      part = child;
    } else if (number === 1 && (level === 0 || part.message)) {
      part = container;
    } else return null;
  }
  return part;
}

/**
 * Fields of a header with these names, or all others, and the empty line (RFC 9051 §6.4.5.1). One character a byte;
 * names in lower case.
 */
export function selectFields(headerText: string, names: readonly string[], others: boolean): string {
  const wanted = new Set(names);
  let picked = "";
  let at = 0;
  // The first from here on, or none: what was searched once is not searched again, however many lines have none.
  let colon = -1;
  while (at < headerText.length) {
    let end = lineEnd(headerText, at);
    while (end < headerText.length && isBlank(headerText.charCodeAt(end))) end = lineEnd(headerText, end);
    if (colon < at) colon = headerText.indexOf(":", at);
    if (colon < 0) break;
    if (colon > at && colon < end) {
      const name = headerText.slice(at, colon).trimEnd().toLowerCase();
      if (wanted.has(name) !== others) picked += headerText.slice(at, end);
    }
    at = end;
  }
  if (picked !== "" && !picked.endsWith("\n")) picked += "\r\n";
  return `${picked}\r\n`;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end + 1;
}

const isBlank = (code: number): boolean => code === 32 || code === 9;
