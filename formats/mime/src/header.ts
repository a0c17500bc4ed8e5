import { mimeLimits } from "./limits.ts";

/** One field: name in lower case, value unfolded and trimmed, a binary string without U+0000. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** Fields of a header block in order, with quick access by name. */
export class HeaderFields {
  readonly all: readonly HeaderField[];

  constructor(all: readonly HeaderField[]) {
    this.all = all;
  }

  /** Value of the first field of that name. */
  first(name: string): string | null {
    for (const field of this.all) if (field.name === name) return field.value;
    return null;
  }

  /** Values of all fields of that name, joined with a comma: for address lists that come twice. */
  joined(name: string): string | null {
    let joined: string | null = null;
    for (const field of this.all) {
      if (field.name !== name) continue;
      joined = joined === null ? field.value : `${joined}, ${field.value}`;
    }
    return joined;
  }
}

/**
 * Fields of a header block given as bytes (RFC 5322 §2.2). Lines without a colon and what exceeds the limits are left
 * out. Any line end is taken: CRLF, LF or the end.
 */
export function parseHeaderFields(block: Buffer): HeaderFields {
  const text = block.toString("latin1", 0, Math.min(block.length, mimeLimits.headerBytesMax)).replaceAll("\0", "");
  const fields: HeaderField[] = [];
  let at = 0;
  // The first from here on, or none: what was searched once is not searched again, however many lines have none.
  let colon = -1;
  while (at < text.length && fields.length < mimeLimits.headerFieldsMax) {
    let end = at;
    for (;;) {
      const feed = text.indexOf("\n", end);
      if (feed < 0) {
        end = text.length;
        break;
      }
      end = feed + 1;
      const next = text.charCodeAt(end);
      if (next !== 32 && next !== 9) break;
    }
    if (colon < at) colon = text.indexOf(":", at);
    if (colon < 0) break;
    if (colon > at && colon < end) {
      const name = text.slice(at, colon).trimEnd().toLowerCase();
      if (/^[\x21-\x7e]+$/.test(name)) fields.push({ name, value: unfold(text.slice(colon + 1, end)) });
    }
    at = end;
  }
  return new HeaderFields(fields);
}

/** Line breaks go, the white space that followed them stays (RFC 5322 §2.2.3). */
function unfold(value: string): string {
  const short = value.length > mimeLimits.headerValueMax ? value.slice(0, mimeLimits.headerValueMax) : value;
  return short.replace(/[\r\n]+/g, "").trim();
}
