/**
 * Where the parser takes more than RFC 9051 §9 allows, and for whom. Everything else outside the grammar is BAD.
 */
export const leniencies = [
  "A line may end with a bare LF: people and scripts type it; nothing is relayed, so nothing can be smuggled.",
  "Blank lines between commands are skipped: some clients send CRLF after a literal that ends a command.",
  "A quoted string may hold 8-bit bytes, read as UTF-8, without ENABLE UTF8=ACCEPT: webmails send them in SEARCH.",
  "A mailbox name may be raw UTF-8 instead of modified UTF-7 when it has 8-bit bytes.",
  "A mailbox name in modified UTF-7 need not be in the shortest form.",
  "SEARCH CHARSET takes UTF-8, US-ASCII and ISO-8859-1, and anything that is not UTF-8 after no CHARSET as ISO-8859-1.",
  "GETMETADATA takes its options before the mailbox, as RFC 5464's grammar has them, and after it, as its examples do.",
  "Trailing spaces at the end of a command are ignored.",
  "A space after an opening or before a closing parenthesis of the FETCH items is ignored.",
] as const;
