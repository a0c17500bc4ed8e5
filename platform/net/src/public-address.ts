import { promises as dns } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { Failure } from "@casaforte/kernel";
import { netLimits } from "./limits.ts";

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

/** What the DNS says of a name. @throws whatever says that it says nothing. */
export type FindAddresses = (host: string, signal?: AbortSignal) => Promise<readonly { readonly address: string }[]>;

/**
 * Asks name servers over sockets, not on the few threads which files and passwords need too: a zone whose server is silent
 * keeps nobody else waiting. The machine's own list of hosts is not read, as only public servers are wanted. `servers` are
 * the system's unless they are named.
 */
export const dnsAddresses =
  (servers?: readonly string[]): FindAddresses =>
  async (host, signal) => {
    signal?.throwIfAborted();
    const resolver = new dns.Resolver({ timeout: netLimits.dnsTryMs, tries: netLimits.dnsTries });
    if (servers !== undefined) resolver.setServers([...servers]);
    const stop = () => resolver.cancel();
    const late = setTimeout(stop, netLimits.dnsMs);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      if (four.status === "rejected" && six.status === "rejected") throw four.reason;
      return [four, six]
        .flatMap((each) => (each.status === "fulfilled" ? each.value : []))
        .map((address) => ({ address }));
    } finally {
      clearTimeout(late);
      signal?.removeEventListener("abort", stop);
    }
  };

const publicDns = dnsAddresses();

/** Names of this machine or its network, and other ways to write a number: no name server is asked for them. */
function isNameInside(host: string): boolean {
  const labels = host.toLowerCase().replace(/\.$/, "").split(".");
  const last = labels.at(-1) ?? "";
  return labels.length === 1 || last === "localhost" || /^(?:\d+|0x[\da-f]*)$/.test(last);
}

/** Whether an address is in one of these addresses and networks, such as `10.0.0.0/8` and `::1`. */
export function inNetworks(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [base = "", bits] = network.split("/");
    const family = isIP(base) === 6 ? "ipv6" : "ipv4";
    list.addSubnet(base, bits === undefined ? (family === "ipv6" ? 128 : 32) : Number(bits), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/**
 * Whether a server of the provider's own was named for others to reach: an address or network at `ports`, or at the one
 * port that follows it (`10.1.0.7:1993`, `[fd00::7]:1993`).
 */
export function inServers(
  named: readonly string[],
  ports: readonly number[],
): (address: string, port: number) => boolean {
  const places = named.map((server) => {
    const [, six, four, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(server) ?? [];
    return { isIn: inNetworks([six ?? four ?? server]), ports: port === undefined ? ports : [Number(port)] };
  });
  return (address, port) => places.some((place) => place.ports.includes(port) && place.isIn(address));
}

/**
 * The address to connect to for a host that a customer named: connect to this very address, so that a second answer of the
 * DNS cannot lead inside. `isAlsoTaken`: addresses that are not public and may be reached all the same.
 * @throws forbidden `net.not_public`, unavailable `net.no_such_host`, also when it was aborted.
 */
export async function resolvePublicAddress(
  host: string,
  {
    find = publicDns,
    signal,
    isAlsoTaken = () => false,
  }: {
    readonly find?: FindAddresses;
    readonly signal?: AbortSignal;
    readonly isAlsoTaken?: (address: string) => boolean;
  } = {},
): Promise<string> {
  const isTaken = (address: string): boolean => isPublicAddress(address) || isAlsoTaken(address);
  if (isIP(host) !== 0) {
    if (!isTaken(host)) throw notPublic();
    return host;
  }
  if (isNameInside(host)) throw notPublic();
  const found = await find(host, signal).catch((cause: unknown) => {
    throw new Failure("unavailable", "net.no_such_host", "this host name leads nowhere", { cause });
  });
  const first = found.find(({ address }) => isTaken(address));
  if (first === undefined) throw notPublic();
  return first.address;
}

/** For the requests of Node: one address, checked and connected to. */
export const publicLookup: LookupFunction = (host, options, done) => {
  resolvePublicAddress(host).then(
    (address) => {
      if (options.all) done(null, [{ address, family: isIP(address) }]);
      else done(null, address, isIP(address));
    },
    (error: Error) => done(error, ""),
  );
};

const notPublic = (): Failure =>
  new Failure("forbidden", "net.not_public", "only servers of the public internet are connected to");
