import { mimeLimits } from "./limits.ts";
import type { Parameters } from "./message-index.ts";

/** `value; name=value; …` as in Content-Type and Content-Disposition (RFC 2045 §5.1), read leniently. */
export interface StructuredField {
  /** Before the first semicolon, lower case, without comments. */
  readonly value: string;
  readonly parameters: Parameters;
}

/** Never throws; parameters that make no sense are left out, the first of a name wins. */
export function parseStructuredField(text: string): StructuredField {
  const segments = splitSegments(text);
  const parameters: [string, string][] = [];
  for (const segment of segments.slice(1, mimeLimits.parametersMax + 1)) {
    const equals = segment.indexOf("=");
    if (equals < 1) continue;
    const name = segment.slice(0, equals).trim().toLowerCase();
    if (!/^[\x21-\x7e]+$/.test(name) || parameters.some(([known]) => known === name)) continue;
    parameters.push([name, unquote(segment.slice(equals + 1).trim())]);
  }
  return { value: (segments[0] ?? "").trim().toLowerCase(), parameters };
}

/** Splits at semicolons outside quoted strings; comments outside quoted strings are dropped. */
function splitSegments(text: string): string[] {
  const segments: string[] = [];
  let segment = "";
  let quoted = false;
  let comment = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\\" && (quoted || comment > 0)) {
      if (comment === 0) segment += char + text.charAt(at + 1);
      at++;
    } else if (quoted) {
      segment += char;
      quoted = char !== '"';
    } else if (char === "(") comment++;
    else if (char === ")" && comment > 0) comment--;
    else if (comment > 0) continue;
    else if (char === ";") {
      segments.push(segment);
      segment = "";
      if (segments.length > mimeLimits.parametersMax) return segments;
    } else {
      segment += char;
      quoted = char === '"';
    }
  }
  segments.push(segment);
  return segments;
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value;
  const end = value.length > 1 && value.endsWith('"') ? value.length - 1 : value.length;
  return value.slice(1, end).replace(/\\(.)/g, "$1");
}

/** The value of a parameter, or null. RFC 2231 forms are not looked at; see `decodedParameter`. */
export function parameter(parameters: Parameters, name: string): string | null {
  for (const [known, value] of parameters) if (known === name) return value;
  return null;
}
