import { decodeHeaderText, type EnvelopeAddress, parseAddressList } from "@casaforte/mime";
import type { Address } from "./address.ts";

/** A group, or the addresses between groups with name null (RFC 8621 §4.1.2.4). */
export interface AddressGroup {
  readonly name: string | null;
  readonly addresses: readonly Address[];
}

/** Groups of an address list of an envelope, where a group opens with a null host and closes with a null mailbox. */
export function addressGroups(list: readonly EnvelopeAddress[]): readonly AddressGroup[] {
  const groups: { name: string | null; addresses: Address[] }[] = [];
  let open: { name: string | null; addresses: Address[] } | null = null;
  for (const { name, mailbox, host } of list) {
    if (mailbox === null) {
      open = null;
    } else if (host === null) {
      open = { name: decodeHeaderText(mailbox), addresses: [] };
      groups.push(open);
    } else {
      if (open === null) {
        open = { name: null, addresses: [] };
        groups.push(open);
      }
      const email = decodeHeaderText(host === "" ? mailbox : `${mailbox}@${host}`);
      open.addresses.push({ name: name === null || name === "" ? null : decodeHeaderText(name), email });
    }
  }
  return groups;
}

/** The same with groups opened. */
export const flatAddresses = (list: readonly EnvelopeAddress[]): readonly Address[] =>
  addressGroups(list).flatMap((group) => group.addresses);

/** From the text of a header field, unfolded. */
export const parseGroups = (text: string): readonly AddressGroup[] => addressGroups(parseAddressList(text));
