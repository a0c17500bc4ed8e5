import { sieveLimits } from "./limits.ts";
import { RunFailure } from "./work.ts";

/** `${hex:40}` and `${unicode:20ac}` (RFC 5228 §2.4.2.4); anything malformed stays as it is. */
export function decodeEncodedCharacters(text: string): string {
  return text
    .replace(/\$\{hex:\s*([0-9a-f]{1,2}(?:\s+[0-9a-f]{1,2}){0,999})\s*\}/gi, (_, list: string) =>
      Buffer.from(list.split(/\s+/).map((octet) => Number.parseInt(octet, 16))).toString("utf8"),
    )
    .replace(/\$\{unicode:\s*([0-9a-f]{1,8}(?:\s+[0-9a-f]{1,8}){0,999})\s*\}/gi, (whole, list: string) => {
      const points = list.split(/\s+/).map((point) => Number.parseInt(point, 16));
      if (points.some((point) => point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))) return whole;
      return String.fromCodePoint(...points);
    });
}

/** RFC 5229: what a script set, and what its last `:matches` found. Names are the same in any case. */
export class Variables {
  readonly #values = new Map<string, string>();
  #captures: readonly string[] = [];

  keepCaptures = (captures: readonly string[]): void => {
    this.#captures = captures.slice(0, 10);
  };

  get(name: string): string {
    return /^\d+$/.test(name) ? (this.#captures[Number(name)] ?? "") : (this.#values.get(name.toLowerCase()) ?? "");
  }

  /** @throws RunFailure: a name that cannot be, or too many. */
  set(name: string, value: string): void {
    const key = name.toLowerCase();
    if (!/^[a-z_][a-z0-9_]{0,63}$/.test(key)) throw new RunFailure(`${name.slice(0, 64)} is no name of a variable`);
    if (!this.#values.has(key) && this.#values.size >= sieveLimits.variablesMax)
      throw new RunFailure("the script sets too many variables");
    this.#values.set(key, value.slice(0, sieveLimits.variableMax).toWellFormed());
  }

  /** Fills in `${name}` once; unknown names are empty, text that is no reference stays. */
  expand(text: string): string {
    if (!text.includes("${")) return text;
    const filled = text.replace(/\$\{([a-z_][a-z0-9_]*|\d{1,3})\}/gi, (_, name: string) => this.get(name));
    if (filled.length > sieveLimits.stringMax) throw new RunFailure("a string became too long");
    return filled;
  }
}

/** `set`'s modifiers in the order of their precedence (RFC 5229 §4.1). */
export function modify(value: string, has: (modifier: string) => boolean): string {
  let text = value;
  if (has("lower")) text = text.toLowerCase();
  if (has("upper")) text = text.toUpperCase();
  const first = String.fromCodePoint(text.codePointAt(0) ?? 0);
  if (text !== "" && has("lowerfirst")) text = first.toLowerCase() + text.slice(first.length);
  if (text !== "" && has("upperfirst")) text = first.toUpperCase() + text.slice(first.length);
  if (has("quotewildcard")) text = text.replace(/[\\*?]/g, "\\$&");
  return has("length") ? String([...text].length) : text;
}
