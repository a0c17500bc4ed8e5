import { type Counted, type DmarcLine, type ReportText, rangeOf } from "./report-line.ts";
import { readTags } from "./report-wishes.ts";

/** The report of a day in XML (RFC 7489 appendix C). */
export function writeDmarcReport({ domain, day, reportId, submitter, lines }: ReportText<DmarcLine>): string {
  const { from, to } = rangeOf(day);
  const metadata =
    element("org_name", submitter) +
    element("email", `postmaster@${submitter}`) +
    element("report_id", reportId) +
    tag("date_range", element("begin", epochOf(from)) + element("end", epochOf(to)));
  const body =
    element("version", "1.0") +
    tag("report_metadata", metadata) +
    // The policy that most of the messages were weighed by: lines come with the heaviest first.
    tag("policy_published", publishedPolicy(domain, lines[0]?.line.record ?? "")) +
    lines.map(recordOf).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n${tag("feedback", body)}\n`;
}

const epochOf = (at: Date): string => String(at.getTime() / 1000);

function publishedPolicy(domain: string, record: string): string {
  const tags = readTags(record);
  const value = (name: string, allowed: RegExp, otherwise: string) => {
    const found = tags.get(name)?.toLowerCase() ?? "";
    return allowed.test(found) ? found : otherwise;
  };
  const policy = value("p", /^(none|quarantine|reject)$/, "none");
  return (
    element("domain", domain) +
    element("adkim", value("adkim", /^[rs]$/, "r")) +
    element("aspf", value("aspf", /^[rs]$/, "r")) +
    element("p", policy) +
    element("sp", value("sp", /^(none|quarantine|reject)$/, policy)) +
    element("pct", value("pct", /^\d{1,3}$/, "100")) +
    element("fo", value("fo", /^[01ds](:[01ds]){0,3}$/, "0"))
  );
}

function recordOf({ line, times }: Counted<DmarcLine>): string {
  const verdict = (isAligned: boolean) => (isAligned ? "pass" : "fail");
  const evaluated =
    element("disposition", line.disposition) +
    element("dkim", verdict(line.isDkimAligned)) +
    element("spf", verdict(line.isSpfAligned));
  const row = element("source_ip", line.source) + element("count", String(times)) + tag("policy_evaluated", evaluated);
  const signatures = line.dkim.map(({ domain, selector, result }) =>
    tag(
      "dkim",
      element("domain", domain) +
        (selector === "" ? "" : element("selector", selector)) +
        element("result", word(result, dkimWords)),
    ),
  );
  const spf = element("domain", line.spf.domain) + element("result", word(line.spf.result, spfWords));
  return tag(
    "record",
    tag("row", row) +
      tag("identifiers", element("header_from", line.headerFrom)) +
      tag("auth_results", signatures.join("") + tag("spf", spf)),
  );
}

const dkimWords = ["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"];
const spfWords = ["none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"];
const word = (text: string, allowed: readonly string[]): string => (allowed.includes(text) ? text : "none");

const tag = (name: string, inside: string): string => `<${name}>${inside}</${name}>`;
const element = (name: string, text: string): string => tag(name, escapeXml(text));

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** What XML 1.0 cannot say at all goes. */
const escapeXml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "")
    .replace(/[&<>"]/g, (one) => entities[one] ?? "");
