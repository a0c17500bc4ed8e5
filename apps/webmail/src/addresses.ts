import type { EmailAddress } from "./jmap/types.ts";

/** Reads what was typed or pasted into a recipients field: `Anna <anna@x.it>, b@x.it; c@x.it`. */
export function readAddresses(text: string): readonly EmailAddress[] {
  const found: EmailAddress[] = [];
  for (const piece of text.split(/[,;\n]+(?=(?:[^"]*"[^"]*")*[^"]*$)/)) {
    const trimmed = piece.trim();
    if (trimmed === "") continue;
    const match = /^(?:"?([^"<]*)"?\s*)<([^<>\s]+)>$/.exec(trimmed);
    if (match !== null) found.push({ name: match[1]?.trim() || null, email: match[2] ?? "" });
    else found.push({ name: null, email: trimmed });
  }
  return found;
}

/** Looks like an address; the server has the last word. */
export const isAddress = (email: string): boolean => /^[^\s@<>]+@[^\s@<>.]+(\.[^\s@<>.]+)*$/.test(email);

/** The name, or the address where there is none. */
export const shownName = (address: EmailAddress | undefined): string => address?.name || address?.email || "";

/** Name and address, as in a header. */
export const fullAddress = (address: EmailAddress): string =>
  address.name ? `${address.name} <${address.email}>` : address.email;
