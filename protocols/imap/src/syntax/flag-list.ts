import { Failure } from "@casaforte/kernel";
import { type Flags, flagBits } from "../flag-table.ts";
import type { ImapLimits } from "../limits.ts";
import type { Cursor } from "./cursor.ts";

const bits: Readonly<Record<string, number>> = {
  "\\seen": flagBits.seen,
  "\\answered": flagBits.answered,
  "\\flagged": flagBits.flagged,
  "\\deleted": flagBits.deleted,
  "\\draft": flagBits.draft,
};

/** `(\Seen keyword)` or, where `bare` is allowed, flags without parentheses. \Recent is ignored: nobody sets it. */
export function parseFlags(cursor: Cursor, limits: ImapLimits, bare = false): Flags {
  const names: string[] = [];
  if (cursor.peek() === "(" || !bare) names.push(...cursor.list(() => cursor.flag(), limits.keywords + 6, true));
  else {
    do names.push(cursor.flag());
    while (!cursor.atEnd && names.length < limits.keywords + 6 && cursor.take(" "));
  }
  return flagsFrom(names, limits);
}

function flagsFrom(names: readonly string[], limits: ImapLimits): Flags {
  let set = 0;
  const keywords = new Map<string, string>();
  for (const name of names) {
    const lower = name.toLowerCase();
    if (lower === "\\recent") continue;
    const bit = bits[lower];
    if (bit !== undefined) set |= bit;
    else if (name.startsWith("\\")) throw new Failure("invalid", "imap.unknown_flag", "Unknown system flag");
    else if (name.length > limits.keywordLength)
      throw new Failure("invalid", "imap.keyword_length", "Keyword too long");
    else if (!keywords.has(lower)) keywords.set(lower, name);
  }
  if (keywords.size > limits.keywords) throw new Failure("invalid", "imap.too_many_keywords", "Too many keywords");
  return { bits: set, keywords: [...keywords.values()] };
}
