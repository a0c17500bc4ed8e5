import { type Bytes, Failure, newId, providerTenantId } from "@casaforte/kernel";
import { type MailAddress, resolveRecipient } from "@casaforte/modules/domains";
import type { SmtpSession } from "@casaforte/smtp";
import { authenticateMessage } from "./authenticate-message.ts";
import { readDmarcReport } from "./dmarc-report.ts";
import { type DomainReport, type DomainReportId, shownText } from "./domain-report.ts";
import { mailflowLimits } from "./limits.ts";
import { reportIn } from "./report-attachment.ts";
import type { MailflowServices } from "./services.ts";
import { type Spooled, spool } from "./spool.ts";
import { insertReport, type KeptReport } from "./store-reports.ts";
import type { MxRecipient } from "./take-message.ts";
import { readTlsReport } from "./tls-report.ts";

/** Names at the provider's domain that take reports about domains; what comes there is read and not kept. */
const reportNames = new Set(["dmarc-reports", "tls-reports"]);

/** The recipient of a report, or null when the address is none. */
export function reportRecipient(services: MailflowServices, address: MailAddress): MxRecipient | null {
  if (address.domain !== services.providerDomain || !reportNames.has(address.local)) return null;
  return { tenantId: providerTenantId, address, accounts: [], forwards: [], reads: { kind: "domain_reports" } };
}

/** A report on its way in, and who brings it. */
export interface ReportArrival {
  readonly session: Pick<SmtpSession<never>, "remoteAddress" | "helo">;
  readonly sender: string;
  readonly spooled: Spooled;
  /** A server of ours in front brings it: of that SPF says nothing, and a signature alone is proof. */
  readonly isBehindFront: boolean;
}

/** DATA for reports: as `keepReports`, with a message as it comes. */
export async function takeReport(
  services: MailflowServices,
  session: ReportArrival["session"],
  sender: string,
  message: AsyncIterable<Bytes>,
): Promise<{ readonly queuedAs: string }> {
  const spooled = await spool(services.blobs, providerTenantId, bounded(message));
  try {
    return await keepReports(services, { session, sender, spooled, isBehindFront: false });
  } finally {
    await spooled.discard().catch((error) => services.logger.warn("mailflow.spool_left", { reason: String(error) }));
  }
}

/**
 * Reads a report and keeps it with each domain of ours that it is about. Who sends it must prove his domain (by DKIM or
 * SPF), and that domain is who reports: a forged report could talk a customer into anything. Nothing is unpacked before.
 * @throws forbidden `mailflow.report_unproven`; unavailable `mailflow.report_later`; invalid `mailflow.report_unreadable`;
 * too_large `mailflow.report_too_large`.
 */
export async function keepReports(
  services: MailflowServices,
  arrival: ReportArrival,
): Promise<{ readonly queuedAs: string }> {
  if (arrival.spooled.sizeBytes > mailflowLimits.reportMessageBytesMax) throw tooLarge();
  const reporter = await reporterOf(services, arrival);
  const reports = await readAlone(arrival.spooled);
  const nowMs = services.clock.nowMs();
  for (const report of reports) assertTimely(report, nowMs);
  const ids: string[] = [];
  for (const report of reports) {
    const id = newId<DomainReportId>(services.clock, services.random);
    if (await keepReport(services, { ...report, id, reporter, receivedAt: new Date(nowMs) })) ids.push(id);
  }
  services.logger.info("mailflow.report_taken", { reporter, reports: reports.length, kept: ids.length });
  return { queuedAs: ids[0] ?? "known" };
}

/** The domain that its sender proves. @throws forbidden `mailflow.report_unproven`; unavailable `mailflow.report_later`. */
async function reporterOf(services: MailflowServices, arrival: ReportArrival): Promise<string> {
  const { session, sender, spooled, isBehindFront } = arrival;
  const { remoteAddress, helo } = session;
  const input = { message: spooled.read(), remoteAddress, helo, sender, hostname: services.hostname };
  const verdict = await authenticateMessage(input, services.authResolver, services);
  // Without checks, as in a demonstration, there is only what the envelope says.
  if (verdict.dmarc === "skipped") return shownText(sender.slice(sender.lastIndexOf("@") + 1) || helo);
  const proven = isBehindFront ? verdict.signedBy : verdict.dmarc === "fail" ? null : verdict.provenDomain;
  if (proven !== null) return shownText(proven);
  if (verdict.isUnsure) throw later("who sends this report cannot be checked right now");
  throw new Failure("forbidden", "mailflow.report_unproven", "who sends this report does not prove its domain");
}

const later = (why: string) => new Failure("unavailable", "mailflow.report_later", why);
const tooLarge = () => new Failure("too_large", "mailflow.report_too_large", "the report is too large");

/** Reports that this process unpacks and reads just now: each takes memory of its own. */
let underWay = 0;

async function readAlone(spooled: Spooled): Promise<readonly DomainReport[]> {
  if (underWay >= mailflowLimits.reportsAtOnceMax) throw later("other reports are being read, try again later");
  underWay += 1;
  try {
    const text = await reportIn(await wholeOf(spooled));
    return isJson(text) ? readTlsReport(text) : [readDmarcReport(text)];
  } finally {
    underWay -= 1;
  }
}

const isJson = (text: string): boolean => /^\ufeff?\s*\{/.test(text);

/** Times of theirs that cannot be would stay in sight for ever. @throws invalid `mailflow.report_unreadable`. */
function assertTimely({ from, to }: DomainReport, nowMs: number): void {
  const { reportAheadMsMax, reportAgeMsMax } = mailflowLimits;
  if (from <= to && to.getTime() <= nowMs + reportAheadMsMax && from.getTime() >= nowMs - reportAgeMsMax) return;
  throw new Failure("invalid", "mailflow.report_unreadable", "the report cannot be read: its times cannot be");
}

async function* bounded(message: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  let size = 0;
  for await (const part of message) {
    size += part.length;
    if (size > mailflowLimits.reportMessageBytesMax) throw tooLarge();
    yield part;
  }
}

async function wholeOf(spooled: Spooled): Promise<Bytes> {
  const whole = new Uint8Array(spooled.sizeBytes);
  let at = 0;
  for await (const part of spooled.read()) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** False for a domain that is not hosted here, for a report that came before, and for one too many of a day. */
export async function keepReport(services: MailflowServices, report: KeptReport): Promise<boolean> {
  const found = await services.db
    .lookup((tx) => resolveRecipient(tx, { local: "postmaster", domain: report.domain }), { readOnly: true })
    .catch(() => ({ kind: "not_hosted" as const }));
  if (found.kind === "not_hosted") return false;
  return services.db.tenant(found.tenantId, (tx) => insertReport(tx, report));
}
