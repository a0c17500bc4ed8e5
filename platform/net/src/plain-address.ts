import ipaddr from "ipaddr.js";

const parsed = (address: string) => (ipaddr.IPv6.isValid(address) ? ipaddr.IPv6.parse(address) : null);

/**
 * The one spelling of an address: an IPv4 address that came mapped into IPv6 (RFC 4291 §2.5.5.2), in whatever spelling, as
 * four numbers; other IPv6 as RFC 5952 has it. What is no IPv6 address comes back as it is.
 */
export function plainAddress(address: string): string {
  const six = parsed(address);
  if (six === null) return address;
  return six.isIPv4MappedAddress() ? six.toIPv4Address().toString() : six.toRFC5952String();
}

/** The eight groups of an IPv6 address, 16 bits each; null for whatever else, also for IPv4 mapped into it. */
export function ipv6Groups(address: string): readonly number[] | null {
  const six = parsed(address);
  return six === null || six.isIPv4MappedAddress() ? null : six.parts;
}
