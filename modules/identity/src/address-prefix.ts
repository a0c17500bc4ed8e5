import { BlockList, isIPv4, isIPv6 } from "node:net";

/**
 * The part of an address that stands for one subscriber: a whole IPv4 address, the first 64 bits of an IPv6 one.
 * An IPv4 address mapped into IPv6 is the IPv4 address. What is no address is its own prefix.
 */
export function addressPrefix(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(ip)) return ip;
  const bare = ip.split("%")[0] ?? ip;
  const [head = "", tail] = bare.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: Math.max(0, missing) }, () => "0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}

/** The wider network, of which one subscriber may hold many prefixes: /48. A neighbour in IPv4 is somebody else. */
export function addressSite(ip: string): string {
  const prefix = addressPrefix(ip);
  return prefix.endsWith("::/64") ? `${prefix.split(":").slice(0, 3).join(":")}::/48` : prefix;
}

/** True when the address is, or lies in, one of these addresses or CIDR networks. */
export function isTrusted(ip: string, networks: readonly string[]): boolean {
  const address = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip;
  const family = isIPv4(address) ? "ipv4" : isIPv6(address) ? "ipv6" : null;
  if (family === null) return false;
  const list = new BlockList();
  for (const network of networks) {
    const [base = "", bits] = network.split("/");
    const type = isIPv4(base) ? "ipv4" : "ipv6";
    if (bits === undefined) list.addAddress(base, type);
    else list.addSubnet(base, Number(bits), type);
  }
  return list.check(address, family);
}
