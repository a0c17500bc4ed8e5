/** Text that a quoted string holds as it is: 7 bit, no quote, no backslash, no control. */
const simple = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const quotable = /^[\x01-\x09\x0b\x0c\x0e-\x7f]*$/;

/** A string of the grammar from one character a byte: quoted where possible, else a literal. NUL is dropped. */
export function formatString(binary: string): string {
  if (binary.length < 1024 && simple.test(binary)) return `"${binary}"`;
  if (binary.length < 1024 && quotable.test(binary)) return `"${binary.replace(/["\\]/g, "\\$&")}"`;
  const text = binary.includes("\0") ? binary.replaceAll("\0", "") : binary;
  return `{${text.length}}\r\n${text}`;
}

/** A string as it is where the grammar's ASTRING-CHAR allow it (RFC 9051 §9). */
export const formatAstring = (binary: string): string =>
  /^[\x21\x23\x24\x26\x27\x2b-\x5b\x5d-\x7a\x7c-\x7e]+$/.test(binary) ? binary : formatString(binary);

export function formatNString(binary: string | null | undefined): string {
  return binary === null || binary === undefined ? "NIL" : formatString(binary);
}

/** A mailbox name already in its wire encoding: always quoted, 8-bit bytes allowed (the caller accepted UTF-8). */
export function formatMailbox(encoded: string): string {
  return encoded === "INBOX" ? encoded : `"${encoded.replace(/["\\]/g, "\\$&")}"`;
}
