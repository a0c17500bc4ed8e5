import { Failure } from "@casaforte/kernel";
import { countOf, type DomainReport, keptRows, type ReportRow, shownText } from "./domain-report.ts";
import { mailflowLimits } from "./limits.ts";

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const fieldsIn = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.slice(0, mailflowLimits.reportElementsMax).filter(isFields) : [];

/** Reads a TLS report (RFC 8460 §4.4): one result for each domain in it. @throws invalid `mailflow.report_unreadable`. */
export function readTlsReport(json: string): readonly DomainReport[] {
  const broken = () =>
    new Failure("invalid", "mailflow.report_unreadable", "the report cannot be read: it is no TLS report");
  let report: unknown;
  try {
    report = JSON.parse(json);
  } catch {
    throw broken();
  }
  if (!isFields(report) || !isFields(report["date-range"])) throw broken();
  const range = report["date-range"];
  const [from, to] = [dateOf(range["start-datetime"]), dateOf(range["end-datetime"])];
  if (from === null || to === null) throw broken();
  const shared = {
    kind: "tls" as const,
    reportId: shownText(report["report-id"]),
    from,
    to,
  };
  const byDomain = new Map<string, DomainReport>();
  for (const one of fieldsIn(report["policies"])) {
    const policy = isFields(one["policy"]) ? one["policy"] : {};
    const summary = isFields(one["summary"]) ? one["summary"] : {};
    const domain = shownText(policy["policy-domain"]).toLowerCase().replace(/\.$/, "");
    if (domain === "") continue;
    const before = byDomain.get(domain);
    byDomain.set(domain, {
      ...shared,
      domain,
      passed: (before?.passed ?? 0) + countOf(summary["total-successful-session-count"]),
      failed: (before?.failed ?? 0) + countOf(summary["total-failure-session-count"]),
      rows: keptRows([...(before?.rows ?? []), ...fieldsIn(one["failure-details"]).map(failureOf)]),
    });
  }
  return [...byDomain.values()].slice(0, mailflowLimits.reportDomainsMax);
}

const failureOf = (detail: Fields): ReportRow => ({
  count: countOf(detail["failed-session-count"]),
  source: shownText(detail["receiving-mx-hostname"]),
  isDkimAligned: null,
  isSpfAligned: null,
  disposition: null,
  failure: shownText(detail["result-type"]).slice(0, 64),
});

function dateOf(value: unknown): Date | null {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : new Date(ms);
}
