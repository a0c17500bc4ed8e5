import { clientNetwork, plainAddress } from "@casaforte/kernel/addresses";
import { inNetworks } from "@casaforte/platform/net";

/** The wider network, of which one subscriber may hold many prefixes: /48. A neighbour in IPv4 is somebody else. */
export const addressSite = (ip: string): string => clientNetwork(ip, { ipv4: 32, ipv6: 48 });

/** True when the address is, or lies in, one of these addresses or CIDR networks. */
export const isTrusted = (ip: string, networks: readonly string[]): boolean => inNetworks(networks)(plainAddress(ip));
