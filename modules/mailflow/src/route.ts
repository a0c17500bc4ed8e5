import { isIP } from "node:net";
import { isInsideAddress } from "./inside-address.ts";
import { mailflowLimits } from "./limits.ts";
import {
  type FoundExchanges,
  plainLookups,
  type RouteLookups,
  secureLookups,
  UnprovenServer,
} from "./route-lookups.ts";
import type { SendResult } from "./send-result.ts";
import type { LocalAddresses, Outbound } from "./services.ts";
import type { SmtpDestination } from "./smtp-client.ts";

/** `unproven`: servers that are not called, because the DNS is wrong about their TLSA records. */
export type Route = { readonly unproven?: readonly string[] } & (
  | { readonly kind: "to"; readonly destinations: readonly SmtpDestination[] }
  | { readonly kind: "nowhere"; readonly result: SendResult }
);

const failed = (status: string, reply: string): Route => ({
  kind: "nowhere",
  result: { kind: "failed", status, reply },
});
const deferred = (reply: string): Route => ({ kind: "nowhere", result: { kind: "deferred", reply } });

/**
 * Where mail for a domain goes (RFC 5321 §5.1): exchanges by preference, the domain itself when it has none, nowhere for
 * a null MX (RFC 7505). DNS trouble defers; only a clear answer fails.
 */
export async function routeOf(domain: string, outbound: Outbound): Promise<Route> {
  if (outbound.kind === "smarthost") {
    const { host, port, auth, ca } = outbound;
    const requireTls = outbound.requireTls === true || auth !== undefined;
    const leaving = leavingFor(host, outbound.from);
    if (leaving === null) return deferred("the relay cannot be reached from the address that mail leaves from");
    return {
      kind: "to",
      destinations: [{ host, port, requireTls, ...leaving, ...(auth && { auth }), ...(ca !== undefined && { ca }) }],
    };
  }
  const { resolver, secureResolver, port = 25 } = outbound;
  const lookups = secureResolver ? secureLookups(secureResolver, port) : plainLookups(resolver);
  let found: FoundExchanges;
  try {
    found = await lookups.exchanges(domain);
  } catch {
    return deferred(`the DNS does not answer for ${domain}`);
  }
  const hosts = hostsOf(domain, found);
  if (hosts.length === 0) return failed("5.1.10", "the domain says that it takes no mail");
  return addressesOf(hosts, found, lookups, outbound);
}

/**
 * The address of the host's own kind that mail leaves from; for a name IPv4 where both are given. Nothing where the system
 * chooses, null where there is none.
 */
function leavingFor(host: string, from: LocalAddresses | undefined): { readonly localAddress?: string } | null {
  if (from === undefined) return {};
  const family = isIP(host);
  const localAddress = family === 4 ? from.ipv4 : family === 6 ? from.ipv6 : (from.ipv4 ?? from.ipv6);
  return localAddress === undefined ? null : { localAddress };
}

/** By preference. Empty: a null MX. */
function hostsOf(domain: string, { records }: FoundExchanges): readonly string[] {
  if (records.length === 0) return [domain];
  return [...records]
    .sort((a, b) => a.priority - b.priority)
    .filter(({ exchange }) => exchange !== "" && exchange !== ".")
    .slice(0, mailflowLimits.exchangesMax)
    .map(({ exchange }) => exchange);
}

async function addressesOf(
  hosts: readonly string[],
  found: FoundExchanges,
  lookups: RouteLookups,
  outbound: Extract<Outbound, { kind: "mx" }>,
): Promise<Route> {
  const destinations: SmtpDestination[] = [];
  const unproven: string[] = [];
  let isUnanswered = false;
  let isOnlyInside = false;
  let isOnlyOfOtherKind = false;
  for (const host of hosts) {
    try {
      const { addresses, dane } = await lookups.server(host, found);
      const usable = addresses.filter((address) => outbound.allowsPrivate === true || !isInsideAddress(address));
      isOnlyInside ||= addresses.length > 0 && usable.length === 0;
      const reachable = usable.flatMap((host) => {
        const leaving = leavingFor(host, outbound.from);
        return leaving === null ? [] : [{ host, ...leaving }];
      });
      isOnlyOfOtherKind ||= usable.length > 0 && reachable.length === 0;
      for (const address of reachable.slice(0, 2))
        destinations.push({
          ...address,
          port: outbound.port ?? 25,
          tlsName: host,
          requireTls: dane !== undefined,
          ...(outbound.ca === undefined ? {} : { ca: outbound.ca }),
          ...(dane && { dane }),
        });
    } catch (error) {
      isUnanswered = true;
      if (error instanceof UnprovenServer) unproven.push(host);
    }
  }
  if (destinations.length > 0) return { kind: "to", destinations, unproven };
  if (unproven.length > 0)
    return { ...deferred("what the DNS says of the certificates of the mail servers is not to be believed"), unproven };
  if (isUnanswered) return deferred("the DNS does not answer for the mail servers of the domain");
  // The system would choose an address, and no record of ours speaks for that one.
  if (isOnlyOfOtherKind)
    return deferred("the mail servers of the domain cannot be reached from the addresses that mail leaves from");
  if (isOnlyInside) return failed("5.4.4", "the mail servers of the domain have no public address");
  return failed("5.1.2", "the domain has no mail server");
}
