import type { ImapLimits } from "../limits.ts";
import type { Cursor } from "./cursor.ts";
import { SyntaxFailure } from "./syntax-failure.ts";

/** What of a part is meant (RFC 9051 §6.4.5, section-spec). */
export type SectionText = "all" | "header" | "text" | "mime" | "fields" | "fields_not";

export interface Section {
  readonly path: readonly number[];
  readonly text: SectionText;
  /** Header field names in lower case; only for `fields` and `fields_not`. */
  readonly fields: readonly string[];
}

export interface SectionItem {
  readonly kind: "section";
  readonly section: Section;
  readonly partial: { readonly offset: number; readonly length: number } | null;
  /** Sets \Seen. */
  readonly marksSeen: boolean;
  /** How the answer names it: `BODY[1.2]<0>` or `RFC822`. */
  readonly label: string;
  /** The part without its transfer encoding, or how long it is so (RFC 3516). */
  readonly binary?: "bytes" | "size";
}

export type FactItem =
  | "FLAGS"
  | "UID"
  | "MODSEQ"
  | "INTERNALDATE"
  | "RFC822.SIZE"
  | "ENVELOPE"
  | "BODY"
  | "BODYSTRUCTURE"
  | "EMAILID"
  | "THREADID"
  | "SAVEDATE"
  | "PREVIEW";

export type FetchItem = { readonly kind: "fact"; readonly fact: FactItem } | SectionItem;

const macros: Readonly<Record<string, readonly FactItem[]>> = {
  ALL: ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"],
  FAST: ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
  FULL: ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"],
};

const facts: ReadonlySet<string> = new Set<FactItem>([
  "FLAGS",
  "UID",
  "MODSEQ",
  "INTERNALDATE",
  "RFC822.SIZE",
  "ENVELOPE",
  "BODY",
  "BODYSTRUCTURE",
  "EMAILID",
  "THREADID",
  "SAVEDATE",
  "PREVIEW",
]);

/** One item, a macro or a list of items; each fact once. */
export function parseFetchItems(cursor: Cursor, limits: ImapLimits): FetchItem[] {
  const items =
    cursor.peek() === "("
      ? cursor.list(() => parseItem(cursor, limits), limits.fetchItems)
      : [parseMacroOrItem(cursor, limits)].flat();
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = item.kind === "fact" ? item.fact : `${item.label}${JSON.stringify(item.partial)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function parseMacroOrItem(cursor: Cursor, limits: ImapLimits): FetchItem[] {
  for (const [name, list] of Object.entries(macros)) {
    if (cursor.takeWord(name)) return list.map((fact) => ({ kind: "fact", fact }));
  }
  return [parseItem(cursor, limits)];
}

function parseItem(cursor: Cursor, limits: ImapLimits): FetchItem {
  const name = cursor.word("a FETCH item");
  if ((name === "BODY" || name === "BODY.PEEK") && cursor.take("[")) {
    return parseSectionItem(cursor, name === "BODY", limits);
  }
  if ((name === "BINARY" || name === "BINARY.PEEK" || name === "BINARY.SIZE") && cursor.take("[")) {
    return parseBinaryItem(cursor, name, limits);
  }
  if (name === "RFC822") return wholeItem("RFC822", "all", true);
  if (name === "RFC822.HEADER") return wholeItem("RFC822.HEADER", "header", false);
  if (name === "RFC822.TEXT") return wholeItem("RFC822.TEXT", "text", true);
  if (name === "PREVIEW" && cursor.take(" ")) {
    cursor.expect("(");
    if (cursor.word("LAZY") !== "LAZY") throw new SyntaxFailure("Expected LAZY");
    cursor.expect(")");
  }
  if (!facts.has(name)) throw new SyntaxFailure("Unknown FETCH item");
  return { kind: "fact", fact: name as FactItem };
}

function wholeItem(label: string, text: SectionText, marksSeen: boolean): SectionItem {
  return { kind: "section", section: { path: [], text, fields: [] }, partial: null, marksSeen, label };
}

function parseBinaryItem(cursor: Cursor, name: string, limits: ImapLimits): SectionItem {
  const path = parsePath(cursor, limits);
  cursor.expect("]");
  const isSize = name === "BINARY.SIZE";
  const partial = isSize ? null : parsePartial(cursor);
  const label = `${isSize ? name : "BINARY"}[${path.join(".")}]`;
  return {
    kind: "section",
    section: { path, text: "all", fields: [] },
    partial,
    marksSeen: name === "BINARY",
    label: partial ? `${label}<${partial.offset}>` : label,
    binary: isSize ? "size" : "bytes",
  };
}

function parsePath(cursor: Cursor, limits: ImapLimits): number[] {
  const path: number[] = [];
  while (/\d/.test(cursor.peek())) {
    if (path.length >= limits.partLevels) throw new SyntaxFailure("The part number is too deep");
    path.push(cursor.nonZeroNumber());
    if (!cursor.take(".")) break;
    if (cursor.peek() === "]") throw new SyntaxFailure("Malformed section");
  }
  return path;
}

function parseSectionItem(cursor: Cursor, marksSeen: boolean, limits: ImapLimits): SectionItem {
  const path = parsePath(cursor, limits);
  let text: SectionText = "all";
  let fields: string[] = [];
  let suffix = "";
  if (cursor.peek() !== "]") {
    suffix = cursor.word("a section");
    text = sectionText(suffix, path.length > 0);
    if (text === "fields" || text === "fields_not") {
      cursor.space();
      fields = cursor.list(() => cursor.astring("a header field"), limits.headerFields);
    }
  }
  cursor.expect("]");
  const names = fields.length > 0 ? ` (${fields.map(fieldLabel).join(" ")})` : "";
  const label = `BODY[${path.join(".")}${suffix !== "" && path.length > 0 ? "." : ""}${suffix}${names}]`;
  const section = { path, text, fields: fields.map((name) => name.toLowerCase()) };
  const partial = parsePartial(cursor);
  return { kind: "section", section, partial, marksSeen, label: partial ? `${label}<${partial.offset}>` : label };
}

function sectionText(suffix: string, inPart: boolean): SectionText {
  switch (suffix) {
    case "HEADER":
      return "header";
    case "TEXT":
      return "text";
    case "HEADER.FIELDS":
      return "fields";
    case "HEADER.FIELDS.NOT":
      return "fields_not";
    case "MIME":
      if (inPart) return "mime";
  }
  throw new SyntaxFailure("Unknown section");
}

/** Header names are atoms or strings; they go back as the client may parse them. */
function fieldLabel(name: string): string {
  const upper = name.toUpperCase();
  return /^[!#$&'+\-./0-9:;<=>?@A-Z[^_`|}~]+$/.test(upper) ? upper : `"${upper.replace(/["\\]/g, "\\$&")}"`;
}

function parsePartial(cursor: Cursor): SectionItem["partial"] {
  if (!cursor.take("<")) return null;
  const offset = cursor.number(2 ** 53);
  cursor.expect(".");
  const length = cursor.nonZeroNumber();
  cursor.expect(">");
  return { offset, length };
}
