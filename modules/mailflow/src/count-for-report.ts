import { newId, providerTenantId } from "@casaforte/kernel";
import type { AuthenticationVerdict } from "./authenticate-message.ts";
import { mailflowLimits } from "./limits.ts";
import { type DmarcLine, dayOf, type ReportOutId, type TlsFailure, type TlsLine } from "./report-line.ts";
import type { MailflowServices } from "./services.ts";
import type { SmtpDestination } from "./smtp-client.ts";
import { countLine } from "./store-report-counts.ts";
import type { FoundStsPolicy } from "./sts-policies.ts";
import type { TlsOutcome } from "./tls-outcome.ts";

type CountServices = Pick<MailflowServices, "db" | "clock" | "random" | "logger" | "reportsOut">;

/**
 * Counts a session with a server of that domain for its TLS report (RFC 8460 §4.3): kept when this returns. Without a
 * policy any encryption is success; under one the certificate must prove a name that the policy allows.
 */
export async function countSession(
  services: CountServices,
  domain: string,
  { policy, trouble }: FoundStsPolicy,
  session: Pick<SmtpDestination, "host" | "tlsName"> & { readonly tls: TlsOutcome; readonly isAllowed: boolean },
): Promise<void> {
  const { tls, isAllowed } = session;
  const isUnder = policy !== null && policy.mode !== "none";
  const found: TlsFailure | null = isUnder
    ? (tls.failure ?? (isAllowed ? null : "validation-failure"))
    : (trouble ?? (tls.isEncrypted ? null : (tls.failure ?? "validation-failure")));
  const line: TlsLine = {
    policyType: isUnder ? "sts" : "no-policy-found",
    policy: isUnder ? ["version: STSv1", `mode: ${policy.mode}`, ...policy.exchanges.map((one) => `mx: ${one}`)] : [],
    exchanges: isUnder ? policy.exchanges.slice(0, mailflowLimits.reportExchangesMax) : [],
    failure: found,
    exchange: found === null ? "" : bounded(session.tlsName ?? ""),
    address: found === null ? "" : bounded(session.host),
  };
  const kept = { ...line, policy: line.policy.slice(0, mailflowLimits.reportExchangesMax + 2) };
  await count(services, "tls", domain, kept);
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
