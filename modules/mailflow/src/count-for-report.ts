import { newId, providerTenantId } from "@casaforte/kernel";
import { tlsaText } from "@casaforte/platform/net";
import type { AuthenticationVerdict } from "./authenticate-message.ts";
import type { DanePolicy } from "./dane.ts";
import { mailflowLimits } from "./limits.ts";
import { type DmarcLine, dayOf, type ReportOutId, type TlsLine } from "./report-line.ts";
import type { MailflowServices } from "./services.ts";
import type { SmtpDestination } from "./smtp-client.ts";
import { countLine } from "./store-report-counts.ts";
import type { FoundStsPolicy } from "./sts-policies.ts";
import type { TlsOutcome } from "./tls-outcome.ts";

type CountServices = Pick<MailflowServices, "db" | "clock" | "random" | "logger" | "reportsOut">;

interface Session extends Pick<SmtpDestination, "host" | "tlsName" | "dane"> {
  readonly tls: TlsOutcome;
  /** By the MTA-STS policy. */
  readonly isAllowed: boolean;
}

/**
 * Counts a session with a server of that domain for its TLS report (RFC 8460 §4.3): kept when this returns. Without a
 * policy any encryption is success; under one the certificate must prove a name that the policy allows, or be the one that
 * the server's TLSA records are of.
 */
export async function countSession(
  services: CountServices,
  domain: string,
  found: FoundStsPolicy,
  session: Session,
): Promise<void> {
  const line = session.dane ? underDane(session, session.dane) : underSts(session, found);
  const isFailure = line.failure !== null;
  await count(services, "tls", domain, {
    ...line,
    policy: line.policy.slice(0, mailflowLimits.reportExchangesMax + 2),
    exchange: isFailure ? bounded(session.tlsName ?? "") : "",
    address: isFailure ? bounded(session.host) : "",
  });
}

type UnplacedLine = Omit<TlsLine, "exchange" | "address">;

const underDane = ({ tls }: Session, { base, records }: DanePolicy): UnplacedLine => ({
  policyType: "tlsa",
  policy: records.slice(0, mailflowLimits.tlsaRecordsMax).map((one) => tlsaText(one).slice(0, 255)),
  base: bounded(base),
  exchanges: [],
  failure: tls.failure,
});

function underSts({ tls, isAllowed }: Session, { policy, trouble }: FoundStsPolicy): UnplacedLine {
  const isUnder = policy !== null && policy.mode !== "none";
  return {
    policyType: isUnder ? "sts" : "no-policy-found",
    policy: isUnder ? ["version: STSv1", `mode: ${policy.mode}`, ...policy.exchanges.map((one) => `mx: ${one}`)] : [],
    exchanges: isUnder ? policy.exchanges.slice(0, mailflowLimits.reportExchangesMax) : [],
    failure: isUnder
      ? (tls.failure ?? (isAllowed ? null : "validation-failure"))
      : (trouble ?? (tls.isEncrypted ? null : (tls.failure ?? "validation-failure"))),
  };
}

/** Counts a message for the DMARC report of the domain in From, when its record asks for one (RFC 7489 §7.2). */
export async function countArrival(
  services: CountServices,
  source: string,
  { observation }: AuthenticationVerdict,
): Promise<void> {
  if (observation === null || !/;\s*rua\s*=/i.test(observation.record)) return;
  const { spf, dkim, disposition, isDkimAligned, isSpfAligned } = observation;
  const line: DmarcLine = {
    source: bounded(source),
    headerFrom: bounded(observation.headerFrom.toLowerCase()),
    record: observation.record.slice(0, mailflowLimits.reportRecordMax),
    ...{ disposition, isDkimAligned, isSpfAligned },
    spf: { domain: bounded(spf.domain), result: bounded(spf.result) },
    dkim: dkim.slice(0, mailflowLimits.reportSignaturesMax).map(({ domain, selector, result }) => ({
      domain: bounded(domain),
      selector: bounded(selector),
      result: bounded(result),
    })),
  };
  await count(services, "dmarc", observation.domain, line);
}

const bounded = (text: string): string => text.replace(/\p{Cc}+/gu, " ").slice(0, 255);

/** A count that fails stops no mail. */
async function count(
  services: CountServices,
  kind: "dmarc" | "tls",
  domain: string,
  line: TlsLine | DmarcLine,
): Promise<void> {
  const { db, clock, random, logger, reportsOut } = services;
  const name = domain.toLowerCase().replace(/\.$/, "");
  if (!reportsOut || !/^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(name)) return;
  const nowMs = clock.nowMs();
  const reportId = newId<ReportOutId>(clock, random);
  const toCount = { kind, day: dayOf(nowMs), domain: name, line, reportId, at: new Date(nowMs) };
  try {
    await db.tenant(providerTenantId, (tx) => countLine(tx, toCount));
  } catch (error) {
    logger.warn("mailflow.report_not_counted", {
      kind,
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}
