import { isInsideAddress } from "./inside-address.ts";
import { mailflowLimits } from "./limits.ts";
import type { SendResult } from "./send-result.ts";
import type { Outbound, RouteResolver } from "./services.ts";
import type { SmtpDestination } from "./smtp-client.ts";

export type Route =
  | { readonly kind: "to"; readonly destinations: readonly SmtpDestination[] }
  | { readonly kind: "nowhere"; readonly result: SendResult };

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
/** The DNS says that there is nothing. */
export const isNone = (error: unknown) => codeOf(error) === "ENOTFOUND" || codeOf(error) === "ENODATA";

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
    return {
      kind: "to",
      destinations: [{ host, port, requireTls, ...(auth && { auth }), ...(ca !== undefined && { ca }) }],
    };
  }
  const exchanges = await exchangesOf(domain, outbound.resolver);
  if (!Array.isArray(exchanges)) return exchanges as Route;
  return addressesOf(exchanges, outbound);
}

async function exchangesOf(domain: string, resolver: RouteResolver): Promise<readonly string[] | Route> {
  try {
    const found = [...(await resolver.resolveMx(domain))].sort((a, b) => a.priority - b.priority);
    if (found.length === 0) return [domain];
    const named = found.filter(({ exchange }) => exchange !== "" && exchange !== ".");
    if (named.length === 0) return failed("5.1.10", "the domain says that it takes no mail");
    return named.slice(0, mailflowLimits.exchangesMax).map(({ exchange }) => exchange);
  } catch (error) {
    if (isNone(error)) return [domain];
    return deferred(`the DNS does not answer for ${domain}`);
  }
}

async function addressesOf(hosts: readonly string[], outbound: Extract<Outbound, { kind: "mx" }>): Promise<Route> {
  const destinations: SmtpDestination[] = [];
  let isUnanswered = false;
  let isOnlyInside = false;
  for (const host of hosts) {
    try {
      const addresses = await outbound.resolver.resolveAddresses(host);
      const usable = addresses.filter((address) => outbound.allowsPrivate === true || !isInsideAddress(address));
      isOnlyInside ||= addresses.length > 0 && usable.length === 0;
      for (const address of usable.slice(0, 2))
        destinations.push({
          host: address,
          port: outbound.port ?? 25,
          tlsName: host,
          requireTls: false,
          ...(outbound.ca === undefined ? {} : { ca: outbound.ca }),
        });
    } catch (error) {
      isUnanswered ||= !isNone(error);
    }
  }
  if (destinations.length > 0) return { kind: "to", destinations };
  if (isUnanswered) return deferred("the DNS does not answer for the mail servers of the domain");
  if (isOnlyInside) return failed("5.4.4", "the mail servers of the domain have no public address");
  return failed("5.1.2", "the domain has no mail server");
}
