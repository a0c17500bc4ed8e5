import { decodeCharset, decodeHeaderText, messageIds as idsOf, parseMailDate } from "@casaforte/mime";
import { parseGroups } from "./addresses.ts";
import type { HeaderField } from "./header-field.ts";

type Form = "asRaw" | "asText" | "asAddresses" | "asGroupedAddresses" | "asMessageIds" | "asDate" | "asURLs";

/** A property `header:Name:asForm:all`. RFC 8621 §4.1.3. */
export interface HeaderProperty {
  /** Lower case. */
  readonly name: string;
  readonly form: Form;
  readonly all: boolean;
}

const forms: readonly Form[] = [
  "asRaw",
  "asText",
  "asAddresses",
  "asGroupedAddresses",
  "asMessageIds",
  "asDate",
  "asURLs",
];

/** Null when this is not the name of a header property. */
export function parseHeaderProperty(property: string): HeaderProperty | null {
  const match = /^header:([\x21-\x39\x3b-\x7e]+)(?::(as[A-Za-z]+))?(:all)?$/.exec(property);
  const name = match?.[1];
  if (match === null || name === undefined) return null;
  const form = match[2] === undefined ? "asRaw" : forms.find((known) => known === match[2]);
  return form === undefined ? null : { name: name.toLowerCase(), form, all: match[3] !== undefined };
}

/** Its value: of the last field of the name, or of all in order; null when there is none. `fields`: those of its name. */
export function headerProperty(property: HeaderProperty, fields: readonly HeaderField[]): unknown {
  if (property.all) return fields.map((field) => inForm(field.value, property.form));
  const last = fields.at(-1);
  return last === undefined ? null : inForm(last.value, property.form);
}

function inForm(raw: string, form: Form): unknown {
  switch (form) {
    case "asRaw":
      return rawText(raw);
    case "asText":
      return decodeHeaderText(raw);
    case "asAddresses":
      return parseGroups(unfold(raw)).flatMap((group) => group.addresses);
    case "asGroupedAddresses":
      return parseGroups(unfold(raw));
    case "asMessageIds":
      return messageIds(raw);
    case "asDate":
      return dateOf(raw);
    case "asURLs": {
      const urls = [...raw.matchAll(/<([^<>]+)>/g)].map((match) => (match[1] ?? "").replace(/\s+/g, ""));
      return urls.length === 0 ? null : urls;
    }
  }
}

const unfold = (raw: string): string => raw.replace(/[\r\n]+/g, "").trim();

/** A raw value as JSON can hold it: 8-bit bytes are read as UTF-8 where they are. */
export const rawText = (binary: string): string => decodeCharset(Buffer.from(binary, "latin1"), "utf-8");

/** Message ids without their brackets; null when there is none. */
export function messageIds(raw: string | null): readonly string[] | null {
  const ids = idsOf(raw === null ? null : unfold(raw));
  return ids.length === 0 ? null : ids;
}

/** A Date header as RFC 3339 with its own zone; null when it makes no sense. */
export function dateOf(raw: string | null): string | null {
  const date = parseMailDate(raw);
  if (date === null) return null;
  const local = new Date(date.instantMs + date.zoneMinutes * 60_000).toISOString().slice(0, 19);
  if (date.zoneMinutes === 0) return `${local}Z`;
  const size = Math.abs(date.zoneMinutes);
  const zone = `${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
  return `${local}${date.zoneMinutes < 0 ? "-" : "+"}${zone}`;
}
