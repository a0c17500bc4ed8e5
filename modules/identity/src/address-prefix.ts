import { inNetworks, ipv6Groups, plainAddress } from "@casaforte/platform/net";

const network = (groups: readonly number[], bits: 48 | 64): string =>
  `${groups
    .slice(0, bits / 16)
    .map((group) => group.toString(16))
    .join(":")}::/${bits}`;

/**
 * The part of an address that stands for one subscriber: a whole IPv4 address, the first 64 bits of an IPv6 one.
 * An IPv4 address mapped into IPv6, in whatever spelling, is the IPv4 address. What is no address is its own prefix.
 */
export function addressPrefix(ip: string): string {
  const groups = ipv6Groups(ip);
  return groups === null ? plainAddress(ip) : network(groups, 64);
}

/** The wider network, of which one subscriber may hold many prefixes: /48. A neighbour in IPv4 is somebody else. */
export function addressSite(ip: string): string {
  const groups = ipv6Groups(ip);
  return groups === null ? plainAddress(ip) : network(groups, 48);
}

/** True when the address is, or lies in, one of these addresses or CIDR networks. */
export const isTrusted = (ip: string, networks: readonly string[]): boolean => inNetworks(networks)(plainAddress(ip));
