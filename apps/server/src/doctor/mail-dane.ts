import { X509Certificate } from "node:crypto";
import { promises as dns } from "node:dns";
import type { Logger } from "@casaforte/kernel";
import { judgeCertificates, usableRecords } from "@casaforte/modules/mailflow";
import type { Config } from "@casaforte/platform/config";
import { netLimits, type TlsaRecord, tlsaFor, tlsaText, type ValidatingResolver } from "@casaforte/platform/net";
import { secureResolverOf } from "../outbound.ts";
import { type ReadIssued, type ShownCertificate, shownMailCertificate } from "../shown-mail-certificate.ts";
import type { DoctorFinding } from "./finding.ts";

const where = "mail.outbound.dane.resolver";

/** The validating resolver, and what the DNS says of our own certificate; asks nobody where the configuration asks no DNS. */
export async function mailDaneFindings(config: Config, issued: ReadIssued, logger: Logger): Promise<DoctorFinding[]> {
  const resolver = secureResolverOf(config.mail);
  if (resolver === null && !config.mail.dns) return [];
  const ofResolver = resolver === null ? [] : await resolverFindings(resolver);
  try {
    const shown = await shownMailCertificate(config, issued, logger);
    return [...ofResolver, ...(shown === null ? [] : await tlsaFindings(shown, resolver))];
  } catch (error) {
    const what = `what mail servers are shown cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return [...ofResolver, { where: "mail.tls", what, todo: "Put a PEM certificate and its key there." }];
  }
}

/** Whether the resolver proves what is proven everywhere: the root of the DNS. */
export async function resolverFindings(resolver: Pick<ValidatingResolver, "ask">): Promise<DoctorFinding[]> {
  const answer = await resolver.ask(".", "A").catch((error: unknown) => error);
  if (answer instanceof Error)
    return [{ where, what: "it does not answer: no mail leaves", todo: "Start it, or name another." }];
  if (typeof answer === "object" && answer !== null && "kind" in answer && answer.kind === "secure") return [];
  const todo = "Let it check DNSSEC itself (unbound: validator in module-config, and the root's key).";
  return [{ where, what: "it proves nothing: no server is held to its TLSA records", todo }];
}

/** What to publish for a mail server: its host name's record, as in a zone file. */
export const tlsaLine = ({ name, cert }: ShownCertificate): string =>
  `_25._tcp.${name}. IN TLSA ${tlsaText(tlsaFor(new X509Certificate(cert).raw))}`;

/** What the DNS says of our mail servers' certificate that is not so. Without `resolver` the system's is asked. */
export async function tlsaFindings(
  shown: ShownCertificate,
  resolver: Pick<ValidatingResolver, "ask"> | null,
): Promise<DoctorFinding[]> {
  const host = `_25._tcp.${shown.name}`;
  const published = await publishedAt(host, resolver);
  if (published === "bogus")
    return [
      {
        where: host,
        what: "the DNS is wrong about it: mail servers that check DANE hand us no mail",
        todo: "Have the zone signed anew, and see that its servers answer for names with TLSA records.",
      },
    ];
  const usable = usableRecords(published);
  if (usable.length === 0) return [];
  const chain = shown.cert.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const certificates = chain.map((pem) => new X509Certificate(pem).raw);
  if (judgeCertificates(usable, certificates).kind !== "unmatched") return [];
  return [
    {
      where: host,
      what: `it says ${published.map(tlsaText).join(", ")}, and we show another certificate: mail servers that check DANE hand us no mail`,
      todo: `Publish ${tlsaLine(shown)} now, and take the other out when caches have forgotten it.`,
    },
  ];
}

/** Empty too where the DNS does not answer. */
async function publishedAt(
  host: string,
  resolver: Pick<ValidatingResolver, "ask"> | null,
): Promise<readonly TlsaRecord[] | "bogus"> {
  if (resolver !== null) {
    const answer = await resolver.ask(host, "TLSA").catch(() => null);
    return answer === null ? [] : answer.kind === "bogus" ? "bogus" : answer.records;
  }
  const system = new dns.Resolver({ timeout: netLimits.dnsTryMs, tries: netLimits.dnsTries });
  const found = await system.resolveTlsa(host).catch(() => []);
  return found.map(({ certUsage, selector, match, data }) => ({
    ...{ usage: certUsage, selector, matchingType: match },
    data: new Uint8Array(data),
  }));
}
