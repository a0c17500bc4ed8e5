import { type Counted, type ReportText, rangeOf, type TlsFailure, type TlsLine } from "./report-line.ts";

interface PolicyEntry {
  readonly policy: object;
  passed: number;
  failed: number;
  readonly details: object[];
}

/** The report of a day in JSON (RFC 8460 §4.4). */
export function writeTlsReport({ domain, day, reportId, submitter, lines }: ReportText<TlsLine>): string {
  const policies = new Map<string, PolicyEntry>();
  for (const counted of lines) {
    const policy = policyOf(counted.line, domain);
    const key = JSON.stringify(policy);
    const entry = policies.get(key) ?? { policy, passed: 0, failed: 0, details: [] };
    policies.set(key, entry);
    const { failure } = counted.line;
    if (failure === null) entry.passed += counted.times;
    else {
      entry.failed += counted.times;
      entry.details.push(detailOf(counted, failure));
    }
  }
  const { from, to } = rangeOf(day);
  return JSON.stringify({
    "organization-name": submitter,
    "date-range": { "start-datetime": secondsOf(from), "end-datetime": secondsOf(to) },
    "contact-info": `postmaster@${submitter}`,
    "report-id": reportId,
    policies: [...policies.values()].map(({ policy, passed, failed, details }) => ({
      policy,
      summary: { "total-successful-session-count": passed, "total-failure-session-count": failed },
      ...(details.length === 0 ? {} : { "failure-details": details }),
    })),
  });
}

/** The domain of a DANE policy is that of the server's records (RFC 8460 §1.1). */
const policyOf = ({ policyType, policy, exchanges, base }: TlsLine, domain: string): object => ({
  "policy-type": policyType,
  ...(policyType === "no-policy-found" ? {} : { "policy-string": policy }),
  "policy-domain": base ?? domain,
  ...(policyType === "sts" ? { "mx-host": exchanges } : {}),
});

const detailOf = ({ line, times }: Counted<TlsLine>, failure: TlsFailure): object => ({
  "result-type": failure,
  ...(line.exchange === "" ? {} : { "receiving-mx-hostname": line.exchange }),
  ...(line.address === "" ? {} : { "receiving-ip": line.address }),
  "failed-session-count": times,
});

/** RFC 3339, without fractions. */
const secondsOf = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, "Z");
