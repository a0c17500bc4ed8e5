import { Failure } from "@casaforte/kernel";
import { mailboxLimits } from "./limits.ts";

/** System flags as bits (RFC 9051 §2.3.2); the same numbers as in the IMAP package. */
export const flagBits = { seen: 1, answered: 2, flagged: 4, deleted: 8, draft: 16 } as const;

export const allFlagBits = 31;

/** Keywords that are bits of the flags column (RFC 8621 §4.1.1). */
export const keywordBits: ReadonlyMap<string, number> = new Map([
  ["$seen", flagBits.seen],
  ["$answered", flagBits.answered],
  ["$flagged", flagBits.flagged],
  ["$draft", flagBits.draft],
]);

/** Flags of a message: system flags as bits, other keywords as the account spells them. */
export interface MessageFlags {
  readonly bits: number;
  readonly keywords: readonly string[];
}

export const noFlags: MessageFlags = { bits: 0, keywords: [] };

/** A flag-keyword is an atom (RFC 9051 §9): printable ASCII without `(){ %*"\]`. @throws invalid `mailbox.keyword`. */
export function checkKeywords(keywords: readonly string[]): void {
  if (keywords.length > mailboxLimits.keywordsPerMessageMax) throw tooManyKeywords();
  for (const keyword of keywords) {
    if (!/^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/.test(keyword) || keyword.length > mailboxLimits.keywordCharsMax)
      throw new Failure("invalid", "mailbox.keyword", "a keyword is at most 100 printable ASCII characters");
  }
}

/** A message gets no more than it may have; one that has more keeps them. @throws invalid `mailbox.too_many_keywords`. */
export function checkKeywordsGrown(before: number, after: number): void {
  if (after > before && after > mailboxLimits.keywordsPerMessageMax) throw tooManyKeywords();
}

const tooManyKeywords = (): Failure =>
  new Failure("invalid", "mailbox.too_many_keywords", "too many keywords on one message");

/**
 * Keywords are compared without case; the account keeps the spelling it saw first. Returns the canonical, sorted
 * keywords and those the account did not know. @throws invalid `mailbox.too_many_keywords`.
 */
export function canonicalKeywords(
  keywords: readonly string[],
  known: readonly string[],
): { readonly keywords: readonly string[]; readonly fresh: readonly string[] } {
  if (keywords.length === 0) return { keywords, fresh: [] };
  checkKeywords(keywords);
  const spelling = new Map(known.map((keyword) => [keyword.toLowerCase(), keyword]));
  const canonical = new Set<string>();
  const fresh: string[] = [];
  for (const keyword of keywords) {
    const folded = keyword.toLowerCase();
    const spelled = spelling.get(folded);
    if (spelled === undefined) {
      spelling.set(folded, keyword);
      fresh.push(keyword);
    }
    canonical.add(spelled ?? keyword);
  }
  if (known.length + fresh.length > mailboxLimits.keywordsMax)
    throw new Failure("invalid", "mailbox.too_many_keywords", "the account uses too many different keywords");
  return { keywords: [...canonical].sort(), fresh };
}
