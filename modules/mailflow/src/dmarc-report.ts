import { Failure } from "@casaforte/kernel";
import { countOf, type DomainReport, keptRows, type ReportRow, shownText } from "./domain-report.ts";
import { below, readXml, textBelow } from "./read-xml.ts";

/** Reads an aggregate report (RFC 7489 appendix C). @throws invalid `mailflow.report_unreadable`. */
export function readDmarcReport(xml: string): DomainReport {
  const feedback = readXml(xml);
  const domain = textBelow(feedback, "policy_published", "domain").toLowerCase().replace(/\.$/, "");
  const range = below(feedback, "report_metadata", "date_range");
  const [from, to] = [secondsOf(textBelow(range, "begin")), secondsOf(textBelow(range, "end"))];
  if (feedback.name !== "feedback" || domain === "" || from === null || to === null)
    throw new Failure("invalid", "mailflow.report_unreadable", "the report cannot be read: it is no DMARC report");
  const rows = feedback.children
    .filter(({ name }) => name === "record")
    .map((record): ReportRow => {
      const row = below(record, "row");
      const verdict = (name: string) => textBelow(row, "policy_evaluated", name).toLowerCase();
      const disposition = verdict("disposition");
      return {
        count: countOf(textBelow(row, "count")),
        source: shownText(textBelow(row, "source_ip")).slice(0, 45),
        isDkimAligned: verdict("dkim") === "pass",
        isSpfAligned: verdict("spf") === "pass",
        disposition: ["quarantine", "reject"].includes(disposition) ? disposition : "none",
        failure: "",
      };
    });
  const sum = (test: (row: ReportRow) => boolean) => rows.filter(test).reduce((all, { count }) => all + count, 0);
  const isPassed = (row: ReportRow) => row.isDkimAligned === true || row.isSpfAligned === true;
  return {
    kind: "dmarc",
    domain,
    reportId: shownText(textBelow(feedback, "report_metadata", "report_id")),
    from,
    to,
    passed: sum(isPassed),
    failed: sum((row) => !isPassed(row)),
    rows: keptRows(rows),
  };
}

function secondsOf(text: string): Date | null {
  return /^\d{1,11}$/.test(text) ? new Date(Number(text) * 1000) : null;
}
