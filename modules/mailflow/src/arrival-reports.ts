import { formatMailAddress } from "@casaforte/modules/domains";
import type { TenantTx } from "@casaforte/platform/db";
import type { DsnRequest } from "@casaforte/smtp";
import type { ArrivedMessage } from "./arrived-message.ts";
import type { ReportAction } from "./compose-report.ts";
import { acceptReport, type PreparedReport, prepareReport } from "./delivery-report.ts";
import { isRejected } from "./filing.ts";
import type { MailflowServices, MailToAppend } from "./services.ts";

/**
 * What senders who asked for it are told once the message is in its mailboxes (RFC 3461 §5.2.7): one report a recipient.
 * What is held back is neither delivered nor refused: nothing is said of it.
 */
export async function successReports(
  services: MailflowServices,
  message: ArrivedMessage,
): Promise<readonly PreparedReport[]> {
  const told = new Map<string, { readonly action: ReportAction; readonly dsn: DsnRequest }>();
  for (const { recipient, place, dsn } of message.accounts)
    if (place !== "quarantine") told.set(recipient, { action: "delivered", dsn });
  for (const { via, targets, dsn } of message.forwards) {
    const recipient = formatMailAddress(via);
    if (targets.length > 1 && !told.has(recipient)) told.set(recipient, { action: "expanded", dsn });
  }
  const reports: PreparedReport[] = [];
  for (const [recipient, { action, dsn }] of told) {
    const report = await prepareReport(services, {
      tenantId: message.tenantId,
      traceId: message.traceId,
      sender: message.sender,
      headerMessageId: message.headerMessageId,
      recipient,
      action,
      dsn,
      status: "2.0.0",
      reply: action,
      arrivedAt: new Date(services.clock.nowMs()),
      sizeBytes: message.spooled.sizeBytes,
      read: () => message.spooled.read(),
    });
    if (report !== null) reports.push(report);
  }
  return reports;
}

/** After the append: where every owner's rules refused a copy, the refusal has been told instead of success. */
export async function acceptReports(
  tx: TenantTx,
  services: MailflowServices,
  reports: readonly PreparedReport[],
  copies: readonly MailToAppend[] = [],
): Promise<void> {
  for (const report of reports) {
    const own = copies.filter(({ target }) => target.recipient === report.about.recipient);
    if (own.length === 0 || !own.every(({ target }) => isRejected(target))) await acceptReport(tx, services, report);
  }
}
