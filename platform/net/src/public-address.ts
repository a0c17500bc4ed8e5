import { promises as dns, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { Failure } from "@casaforte/kernel";

/** Addresses that are nobody's public web server: loopback, private, link-local, documentation, multicast and the rest. */
const inside = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  inside.addSubnet(net, prefix, "ipv4");
}

/** Whether a server of ours may connect there for somebody else (security.md, check 9). IPv6: global unicast only. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !inside.check(address, "ipv4");
  if (family !== 6) return false;
  const first = Number.parseInt(address.split(":")[0] || "0", 16);
  // 2000::/3, without 6to4 and Teredo, which carry an IPv4 address, and documentation.
  return first >= 0x2000 && first <= 0x3fff && first !== 0x2002 && !/^2001:(?:0{0,4}:|db8:)/i.test(address);
}

/** Resolves once and connects to what was checked, so that a second answer of the DNS cannot lead inside. */
export const publicLookup: LookupFunction = (host, options, done) => {
  lookup(host, { all: true, family: options.family ?? 0 }, (error, addresses) => {
    if (error !== null) return done(error, "");
    const [first] = addresses.filter(({ address }) => isPublicAddress(address));
    if (first === undefined) return done(Object.assign(new Error("not a public address"), { code: "EACCES" }), "");
    if (options.all) done(null, [first]);
    else done(null, first.address, first.family);
  });
};

/** What the DNS says of a name. */
export type FindAddresses = (host: string) => Promise<readonly { readonly address: string }[]>;

const allAddresses: FindAddresses = (host) => dns.lookup(host, { all: true });

/**
 * The address to connect to for a host that a customer named: connect to this very address, so that a second answer of the
 * DNS cannot lead inside. @throws forbidden `net.not_public`, unavailable `net.no_such_host`.
 */
export async function resolvePublicAddress(host: string, find: FindAddresses = allAddresses): Promise<string> {
  if (isIP(host) !== 0) {
    if (!isPublicAddress(host)) throw notPublic();
    return host;
  }
  const found = await find(host).catch((cause: unknown) => {
    throw new Failure("unavailable", "net.no_such_host", "this host name leads nowhere", { cause });
  });
  const first = found.find(({ address }) => isPublicAddress(address));
  if (first === undefined) throw notPublic();
  return first.address;
}

const notPublic = (): Failure =>
  new Failure("forbidden", "net.not_public", "only servers of the public internet are connected to");
