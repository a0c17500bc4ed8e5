import type { DnsAnswer, DnsType } from "@casaforte/platform/net";
import { type DanePolicy, usableRecords } from "./dane.ts";
import type { RouteResolver, SecureResolver } from "./services.ts";

export interface FoundExchanges {
  /** None: the domain itself is its only one (RFC 5321 §5.1). */
  readonly records: readonly { readonly exchange: string; readonly priority: number }[];
  /** Proven by DNSSEC, also where there are none. */
  readonly isSecure: boolean;
  /** The domain and what it is an alias of. */
  readonly names: readonly string[];
}

export interface FoundServer {
  readonly addresses: readonly string[];
  readonly dane?: DanePolicy;
}

/** What routing asks the DNS. Both reject when it does not answer, or its answer is not to be believed. */
export interface RouteLookups {
  exchanges(domain: string): Promise<FoundExchanges>;
  server(host: string, of: FoundExchanges): Promise<FoundServer>;
}

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
/** The DNS says that there is nothing. */
export const isNone = (error: unknown) => codeOf(error) === "ENOTFOUND" || codeOf(error) === "ENODATA";

async function orNone<T>(asked: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await asked;
  } catch (error) {
    if (isNone(error)) return [];
    throw error;
  }
}

/** Of a resolver that proves nothing. */
export const plainLookups = (resolver: RouteResolver): RouteLookups => ({
  async exchanges(domain) {
    return { records: await orNone(resolver.resolveMx(domain)), isSecure: false, names: [domain] };
  },
  async server(host) {
    return { addresses: await orNone(resolver.resolveAddresses(host)) };
  },
});

/** The DNS is wrong about a server's TLSA records, so that it cannot be told from another (RFC 7672 §2.1.2). */
export class UnprovenServer extends Error {}

type Found<Type extends DnsType> = Exclude<DnsAnswer<Type>, { readonly kind: "bogus" }>;

/** Of a validating resolver: with the TLSA records of each server that DNSSEC leads to all the way (RFC 7672 §2.2). */
export function secureLookups(resolver: SecureResolver, port: number): RouteLookups {
  async function ask<Type extends DnsType>(name: string, type: Type): Promise<Found<Type>> {
    const answer = await resolver.ask(name, type);
    if (answer.kind === "bogus") throw new Error(`what the DNS says of ${name} ${type} is not to be believed`);
    return answer;
  }

  async function tlsaOf(base: string): Promise<Found<"TLSA">> {
    const name = `_${port}._tcp.${base}`;
    const answer = await resolver.ask(name, "TLSA");
    if (answer.kind === "bogus") throw new UnprovenServer(`what the DNS says of ${name} TLSA is not to be believed`);
    return answer;
  }

  /** Where TLSA records may be: at the end of the server's aliases first, then at its own name (RFC 7672 §2.2.2). */
  async function basesOf(host: string, found: readonly Found<"A" | "AAAA">[]): Promise<readonly string[]> {
    const end = found[0]?.name ?? host;
    if (found.every(({ kind }) => kind === "secure")) return end === host ? [host] : [end, host];
    if (end === host) return [];
    const alias = await ask(host, "CNAME");
    return alias.kind === "secure" && alias.records.length > 0 ? [host] : [];
  }

  async function daneOf(
    host: string,
    found: readonly Found<"A" | "AAAA">[],
    of: FoundExchanges,
  ): Promise<DanePolicy | null> {
    for (const base of await basesOf(host, found)) {
      const { kind, records } = await tlsaOf(base);
      if (kind === "secure" && records.length > 0)
        return { base, records, usable: usableRecords(records), names: [...new Set([base, host, ...of.names])] };
    }
    return null;
  }

  return {
    async exchanges(domain) {
      const { kind, name, records } = await ask(domain, "MX");
      return { records, isSecure: kind === "secure", names: [...new Set([domain, name])] };
    },
    async server(named, of) {
      const host = named.toLowerCase().replace(/\.$/, "");
      const both = await Promise.allSettled([ask(host, "A"), ask(host, "AAAA")]);
      const found = both.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const addresses = found.flatMap(({ records }) => records);
      const [trouble] = both.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
      if (addresses.length === 0 && trouble !== undefined) throw trouble;
      const dane = of.isSecure && addresses.length > 0 ? await daneOf(host, found, of) : null;
      return dane === null ? { addresses } : { addresses, dane };
    },
  };
}
