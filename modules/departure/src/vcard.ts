import { type Bytes, utf8 } from "@casaforte/kernel";

/** One entry of an address book. `id` and `members` are UUIDs. */
export interface Card {
  readonly kind: "individual" | "group" | "org";
  readonly id: string;
  /** Without one it is called by its first address. */
  readonly name: string;
  readonly addresses: readonly string[];
  /** Of a group: the cards that are in it, by their ids. */
  readonly members?: readonly string[];
  /** Of a group: addresses in it that have no card. */
  readonly memberAddresses?: readonly string[];
}

/** Octets of a line without its end (RFC 6350 §3.2). */
const lineOctetsMax = 75;

/** RFC 6350 §3.4. Control characters but the end of a line say nothing in a name. */
const escaped = (text: string): string =>
  text
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\n]/gu, " ")
    .replace(/[\\,;]/g, "\\$&")
    .replaceAll("\n", "\\n");

/** Splits a line so that none is longer than it may be and no character is cut (RFC 6350 §3.2). */
function folded(line: string): string {
  let text = "";
  let octets = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > lineOctetsMax) {
      text += "\r\n ";
      octets = 1;
    }
    text += character;
    octets += size;
  }
  return `${text}\r\n`;
}

/** An entry as vCard 4.0, in UTF-8 (RFC 6350). */
export function vcardOf(card: Card): Bytes {
  const lines = [
    "BEGIN:VCARD",
    "VERSION:4.0",
    `KIND:${card.kind}`,
    `UID:urn:uuid:${card.id}`,
    `FN:${escaped(card.name.trim() || (card.addresses[0] ?? ""))}`,
    ...card.addresses.map((address) => `EMAIL:${escaped(address)}`),
    ...(card.members ?? []).map((id) => `MEMBER:urn:uuid:${id}`),
    ...(card.memberAddresses ?? []).map(
      (address) => `MEMBER:mailto:${encodeURI(address).replace(/[?#]/g, encodeURIComponent)}`,
    ),
    "END:VCARD",
  ];
  return utf8(lines.map(folded).join(""));
}
