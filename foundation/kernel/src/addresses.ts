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

/** How many bits of an address say whose it is. */
export interface NetworkBits {
  readonly ipv4: 24 | 32;
  readonly ipv6: 48 | 56 | 64;
}

/**
 * The network that counts as one client: unless told otherwise a whole IPv4 address, and the first 64 bits of an IPv6 one,
 * which one subscriber has for himself. What is no address is its own network.
 */
export function clientNetwork(address: string, bits: NetworkBits = { ipv4: 32, ipv6: 64 }): string {
  const groups = ipv6Groups(address);
  if (groups !== null) {
    const kept = groups.slice(0, Math.ceil(bits.ipv6 / 16));
    const last = kept.length - 1;
    const mask = 0xffff & ~(0xffff >> (bits.ipv6 - last * 16));
    const written = kept.map((group, index) => (index === last ? group & mask : group).toString(16));
    return `${written.join(":")}::/${bits.ipv6}`;
  }
  const plain = plainAddress(address);
  if (bits.ipv4 === 32 || !ipaddr.IPv4.isValidFourPartDecimal(plain)) return plain;
  return `${plain.slice(0, plain.lastIndexOf("."))}.0/24`;
}
