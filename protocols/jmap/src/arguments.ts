import { JmapError } from "./method-error.ts";

/** Arguments of a call or fields of an object, before they are trusted. */
export type Fields = Readonly<Record<string, unknown>>;

/** A plain JSON object, not a list and not null. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a database takes a text as it is: no NUL, no half of a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes("\0") && text.isWellFormed();

const refuse = (name: string, wanted: string): never => {
  throw new JmapError("invalidArguments", `${name} must be ${wanted}`, [name]);
};

/**
 * Readers of single arguments; each @throws JmapError `invalidArguments` that names the argument. The `…OrNull` forms
 * take null and absence alike, as RFC 8620 does.
 */
export const read = {
  string: (from: Fields, name: string): string => {
    const value = from[name];
    return typeof value === "string" ? value : refuse(name, "a text");
  },
  stringOrNull: (from: Fields, name: string): string | null => {
    const value = from[name];
    return value === null || value === undefined ? null : read.string(from, name);
  },
  boolean: (from: Fields, name: string, otherwise: boolean): boolean => {
    const value = from[name];
    if (value === undefined || value === null) return otherwise;
    return typeof value === "boolean" ? value : refuse(name, "true or false");
  },
  integer: (from: Fields, name: string, otherwise: number, min = Number.MIN_SAFE_INTEGER): number => {
    const value = from[name];
    if (value === undefined || value === null) return otherwise;
    return typeof value === "number" && Number.isSafeInteger(value) && value >= min
      ? value
      : refuse(name, min === 0 ? "a count" : "an integer");
  },
  stringsOrNull: (from: Fields, name: string): readonly string[] | null => {
    const value = from[name];
    if (value === null || value === undefined) return null;
    return Array.isArray(value) && value.every((item) => typeof item === "string")
      ? value
      : refuse(name, "a list of texts");
  },
  fields: (from: Fields, name: string): Fields => {
    const value = from[name];
    if (value === null || value === undefined) return {};
    return isFields(value) ? value : refuse(name, "an object");
  },
};

/** A JMAP set such as `{"a": true}` as a list. @throws JmapError `invalidProperties`. */
export function readSet(value: unknown, name: string): readonly string[] {
  if (!isFields(value) || Object.values(value).some((member) => member !== true)) {
    throw new JmapError("invalidProperties", `${name} maps ids to true`, [name]);
  }
  return Object.keys(value);
}

/** A list as a JMAP set. */
export const toSet = (values: readonly string[]): Record<string, true> =>
  Object.fromEntries(values.map((value) => [value, true as const]));
