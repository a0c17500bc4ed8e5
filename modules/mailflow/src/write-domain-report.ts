import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type Bytes, toHex, utf8 } from "@casaforte/kernel";
import { type Counted, type DmarcLine, type ReportDay, rangeOf, type TlsLine } from "./report-line.ts";
import { reportSender } from "./report-sender.ts";
import { formatRfc5322Date } from "./rfc5322-date.ts";
import type { MailflowServices } from "./services.ts";
import { writeDmarcReport } from "./write-dmarc-report.ts";
import { writeTlsReport } from "./write-tls-report.ts";

/** A report, ready to be sent. */
export interface WrittenReport {
  readonly text: string;
  readonly packed: Bytes;
  readonly type: "application/tlsrpt+gzip" | "application/gzip";
  /** RFC 8460 §5.1, RFC 7489 §7.2.1.1. */
  readonly fileName: string;
}

export type CountedDay =
  | (ReportDay & { readonly kind: "tls"; readonly lines: readonly Counted<TlsLine>[] })
  | (ReportDay & { readonly kind: "dmarc"; readonly lines: readonly Counted<DmarcLine>[] });

const packGzip = promisify<Bytes, Buffer>(gzip);

export async function writeReport(day: CountedDay, submitter: string): Promise<WrittenReport> {
  const text = day.kind === "tls" ? writeTlsReport({ ...day, submitter }) : writeDmarcReport({ ...day, submitter });
  const { from, to } = rangeOf(day.day);
  const times = `${from.getTime() / 1000}!${to.getTime() / 1000}`;
  const name = `${submitter}!${day.domain}!${times}!${day.reportId.replaceAll("-", "")}`;
  return {
    text,
    packed: await packGzip(utf8(text)),
    type: day.kind === "tls" ? "application/tlsrpt+gzip" : "application/gzip",
    fileName: `${name}.${day.kind === "tls" ? "json" : "xml"}.gz`,
  };
}

const sentences = {
  tls: [
    "This is a TLS report (RFC 8460) about sessions with mail servers of",
    "Rapporto TLS (RFC 8460) sulle sessioni con i server di posta di",
  ],
  dmarc: [
    "This is a DMARC aggregate report (RFC 7489) about mail in the name of",
    "Rapporto DMARC aggregato (RFC 7489) sulla posta a nome di",
  ],
} as const;

/** Message-ID of the mail that carries that report. */
export const reportMessageId = (
  { reportId }: ReportDay,
  { providerDomain }: Pick<MailflowServices, "providerDomain">,
) => `<${reportId}@${providerDomain}>`;

export const reportSubject = ({ domain, reportId }: ReportDay, submitter: string): string =>
  `Report Domain: ${domain} Submitter: ${submitter} Report-ID: <${reportId}>`;

/** The mail that carries a report (RFC 8460 §5.3, RFC 7489 §7.2.1.1), still unsigned. */
export function composeReportMail(
  services: Pick<MailflowServices, "clock" | "random" | "providerDomain">,
  day: ReportDay,
  report: WrittenReport,
  to: readonly string[],
): Bytes {
  const { clock, random, providerDomain } = services;
  const boundary = `=_${toHex(random.bytes(16))}`;
  const sender = reportSender(services, day.kind);
  const lines =
    Buffer.from(report.packed)
      .toString("base64")
      .match(/.{1,76}/g) ?? [];
  const isTls = day.kind === "tls";
  const text = [
    `From: <${sender}>`,
    `To: ${to.map((one) => `<${one}>`).join(",\r\n ")}`,
    `Subject: ${reportSubject(day, providerDomain).replace(/ (Submitter|Report-ID):/g, "\r\n $1:")}`,
    `Date: ${formatRfc5322Date(clock.nowMs())}`,
    `Message-ID: ${reportMessageId(day, services)}`,
    ...(isTls ? [`TLS-Report-Domain: ${day.domain}`, `TLS-Report-Submitter: ${providerDomain}`] : []),
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    `Content-Type: multipart/${isTls ? 'report; report-type="tlsrpt"' : "mixed"};\r\n boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    ...sentences[day.kind].map((sentence) => `${sentence} ${day.domain}, ${day.day} (UTC).`),
    "",
    `--${boundary}`,
    `Content-Type: ${report.type}`,
    "Content-Transfer-Encoding: base64",
    `Content-Disposition: attachment;\r\n filename="${report.fileName}"`,
    "",
    ...lines,
    `--${boundary}--`,
    "",
  ];
  return utf8(text.join("\r\n"));
}
