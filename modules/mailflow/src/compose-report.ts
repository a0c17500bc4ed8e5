import { type Bytes, toHex, utf8 } from "@casaforte/kernel";
import type { DsnRequest } from "@casaforte/smtp";
import { mailflowLimits } from "./limits.ts";
import { formatRfc5322Date } from "./rfc5322-date.ts";
import type { MailflowServices } from "./services.ts";

/** What became of a message for one recipient (RFC 3464 §2.3.3). */
export type ReportAction = "failed" | "delayed" | "delivered" | "relayed" | "expanded";

export interface ReportText {
  readonly action: ReportAction;
  readonly to: string;
  readonly headerMessageId: string;
  /** Of the message it is about. */
  readonly aboutMessageId: string;
  readonly recipient: string;
  readonly status: string;
  readonly reply: string;
  readonly dsn: DsnRequest;
  readonly arrivedAt: Date;
  /** Of `delayed`: when patience ends. */
  readonly expiresAt: Date | null;
  /** The header section of the original, or the whole of it. */
  readonly original: Bytes;
  readonly isWhole: boolean;
}

const line = (text: string) => text.replace(/[^\x20-\x7e]+/g, " ").slice(0, mailflowLimits.replyTextMax);

/** For people: letters of every language. */
const shown = (text: string) => text.replace(/\p{Cc}+/gu, " ").slice(0, mailflowLimits.replyTextMax);

/** An address with its type, in seven bits: what lies outside ASCII is written `\x{HEX}` (RFC 6533 §3, utf-8-addr-xtext). */
function typedAddress(address: string): string {
  const hex = (char: string) => `\\x{${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`;
  const written = address.replace(/[^\0-\x7f]/gu, hex);
  return `${written === address ? "rfc822" : "utf-8"}; ${line(written)}`;
}

/** By what became of the message. */
export const reportSubjects = {
  failed: "Undeliverable message / Messaggio non consegnato",
  delayed: "Delayed message / Messaggio in ritardo",
  delivered: "Delivered message / Messaggio consegnato",
  relayed: "Message passed on / Messaggio inoltrato",
  expanded: "Message passed on / Messaggio inoltrato",
} as const satisfies Record<ReportAction, string>;

const texts = {
  failed: ["Your message could not be delivered to:", "Il tuo messaggio non è stato consegnato a:"],
  delayed: [
    "Your message could not be delivered yet, and is tried again; you need not send it again. It is for:",
    "Il tuo messaggio non è ancora stato consegnato e viene ritentato; non serve inviarlo di nuovo. È per:",
  ],
  delivered: ["Your message was delivered to:", "Il tuo messaggio è stato consegnato a:"],
  relayed: [
    "Your message was passed on to a server that does not report delivery. It is for:",
    "Il tuo messaggio è stato passato a un server che non conferma la consegna. È per:",
  ],
  expanded: ["Your message was passed on to the members of:", "Il tuo messaggio è stato inoltrato ai membri di:"],
} as const satisfies Record<ReportAction, readonly [string, string]>;

/** RFC 3464 in a multipart/report (RFC 6522): text in both languages, the status, what of the original was asked for. */
export function composeReport(
  {
    hostname,
    providerDomain,
    clock,
    random,
  }: Pick<MailflowServices, "hostname" | "providerDomain" | "clock" | "random">,
  report: ReportText,
): Bytes {
  const { action, dsn } = report;
  const boundary = `=_${toHex(random.bytes(16))}`;
  const date = formatRfc5322Date(clock.nowMs());
  const isReasoned = action === "failed" || action === "delayed";
  const head = [
    `From: Mail Delivery System <postmaster@${providerDomain}>`,
    `To: <${shown(report.to)}>`,
    `Subject: ${reportSubjects[action]}`,
    `Date: ${date}`,
    `Message-ID: ${report.headerMessageId}`,
    ...(report.aboutMessageId === "" ? [] : [`In-Reply-To: ${report.aboutMessageId}`]),
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    ...texts[action],
    "",
    `    ${shown(report.recipient)}`,
    "",
    ...(isReasoned ? ["The reason given / Il motivo indicato:", "", `    ${line(report.reply)}`, ""] : []),
    `--${boundary}`,
    "Content-Type: message/delivery-status",
    "",
    ...(dsn.envelopeId === null ? [] : [`Original-Envelope-Id: ${line(dsn.envelopeId)}`]),
    `Reporting-MTA: dns; ${hostname}`,
    `Arrival-Date: ${formatRfc5322Date(report.arrivedAt.getTime())}`,
    "",
    ...(dsn.originalRecipient === null ? [] : [`Original-Recipient: ${line(dsn.originalRecipient)}`]),
    `Final-Recipient: ${typedAddress(report.recipient)}`,
    `Action: ${action}`,
    `Status: ${report.status}`,
    ...(isReasoned ? [`Diagnostic-Code: smtp; ${line(report.reply)}`] : []),
    `Last-Attempt-Date: ${date}`,
    ...(report.expiresAt === null ? [] : [`Will-Retry-Until: ${formatRfc5322Date(report.expiresAt.getTime())}`]),
    "",
    `--${boundary}`,
    report.isWhole ? "Content-Type: message/rfc822" : "Content-Type: text/rfc822-headers; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    "",
  ].join("\r\n");
  return Buffer.concat([utf8(head), report.original, utf8(`\r\n--${boundary}--\r\n`)]);
}
