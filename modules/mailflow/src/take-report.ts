import { type Bytes, concatBytes, Failure, newId, providerTenantId } from "@casaforte/kernel";
import { type MailAddress, resolveRecipient } from "@casaforte/modules/domains";
import type { SmtpSession } from "@casaforte/smtp";
import { authenticateMessage } from "./authenticate-message.ts";
import { readDmarcReport } from "./dmarc-report.ts";
import type { DomainReport, DomainReportId } from "./domain-report.ts";
import { mailflowLimits } from "./limits.ts";
import { reportIn } from "./report-attachment.ts";
import type { MailflowServices } from "./services.ts";
import { insertReport } from "./store-reports.ts";
import type { MxRecipient } from "./take-message.ts";
import { readTlsReport } from "./tls-report.ts";

/** Names at the provider's domain that take reports about domains; what comes there is read and not kept. */
const reportNames = new Set(["dmarc-reports", "tls-reports"]);

/** The recipient of a report, or null when the address is none. */
export function reportRecipient(services: MailflowServices, address: MailAddress): MxRecipient | null {
  if (address.domain !== services.providerDomain || !reportNames.has(address.local)) return null;
  return { tenantId: providerTenantId, address, accounts: [], forwards: [], isReports: true };
}

/**
 * Reads a report and keeps it with each domain of ours that it is about. Who sends it must prove his domain (by DKIM or
 * SPF): a forged report could talk a customer into anything.
 * @throws forbidden `mailflow.report_unproven`; invalid `mailflow.report_unreadable`; too_large `mailflow.report_too_large`.
 */
export async function takeReport(
  services: MailflowServices,
  session: SmtpSession<never>,
  sender: string,
  message: AsyncIterable<Bytes>,
): Promise<{ readonly queuedAs: string }> {
  const bytes = await wholeOf(message);
  const { remoteAddress, helo } = session;
  const input = { message: once(bytes), remoteAddress, helo, sender, hostname: services.hostname };
  const verdict = await authenticateMessage(input, services.authResolver, services);
  const isProven = verdict.dmarc === "pass" || verdict.dkim === "pass" || verdict.spf === "pass";
  if (verdict.dmarc === "fail" || (!isProven && verdict.dmarc !== "skipped"))
    throw new Failure("forbidden", "mailflow.report_unproven", "who sends this report does not prove its domain");
  const text = reportIn(bytes);
  const reports = isJson(text) ? readTlsReport(text) : [readDmarcReport(text)];
  const receivedAt = new Date(services.clock.nowMs());
  const ids: string[] = [];
  for (const report of reports) {
    const id = newId<DomainReportId>(services.clock, services.random);
    if (await keep(services, { ...report, id, receivedAt })) ids.push(id);
  }
  services.logger.info("mailflow.report_taken", { reports: reports.length, kept: ids.length });
  return { queuedAs: ids[0] ?? "known" };
}

const isJson = (text: string): boolean => /^\ufeff?\s*\{/.test(text);

async function wholeOf(message: AsyncIterable<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = [];
  let size = 0;
  for await (const part of message) {
    size += part.length;
    if (size > mailflowLimits.reportMessageBytesMax)
      throw new Failure("too_large", "mailflow.report_too_large", "the report is too large");
    parts.push(part.slice());
  }
  return concatBytes(parts);
}

async function* once(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}

/** False for a domain that is not hosted here, and for a report that came before. */
async function keep(
  services: MailflowServices,
  report: DomainReport & { readonly id: DomainReportId; readonly receivedAt: Date },
): Promise<boolean> {
  const found = await services.db
    .lookup((tx) => resolveRecipient(tx, { local: "postmaster", domain: report.domain }), { readOnly: true })
    .catch(() => ({ kind: "not_hosted" as const }));
  if (found.kind === "not_hosted") return false;
  return services.db.tenant(found.tenantId, (tx) => insertReport(tx, report));
}
