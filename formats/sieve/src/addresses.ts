import { decodeHeaderText, parseAddressList } from "@casaforte/mime";

/** Fields that hold addresses (RFC 5228 §5.1); others have none. */
const addressFields: ReadonlySet<string> = new Set([
  "from",
  "to",
  "cc",
  "bcc",
  "sender",
  "reply-to",
  "resent-from",
  "resent-to",
  "resent-cc",
  "resent-bcc",
  "resent-sender",
  "resent-reply-to",
  "delivered-to",
  "x-original-to",
  "return-path",
  "envelope-to",
  "disposition-notification-to",
]);

export type AddressPart = "all" | "localpart" | "domain" | "user" | "detail";

/** `local@domain` of each address of a field's value. */
export function addressesIn(field: string, value: string): readonly string[] {
  if (!addressFields.has(field)) return [];
  return parseAddressList(value)
    .filter(({ host }) => host !== null)
    .map(({ mailbox, host }) => decodeHeaderText(host ? `${mailbox ?? ""}@${host}` : mailbox));
}

/** A part of `local@domain` (RFC 5228 §2.7.4, RFC 5233); null where there is no such part. */
export function addressPart(address: string, part: AddressPart): string | null {
  const at = address.lastIndexOf("@");
  const local = at < 0 ? address : address.slice(0, at);
  const plus = local.indexOf("+");
  switch (part) {
    case "all":
      return address;
    case "localpart":
      return local;
    case "domain":
      return at < 0 ? null : address.slice(at + 1);
    case "user":
      return plus < 0 ? local : local.slice(0, plus);
    case "detail":
      return plus < 0 ? null : local.slice(plus + 1);
  }
}
