import type { Id } from "@casaforte/kernel";

export type ReportOutId = Id<"ReportOut">;

/** `result-type` of RFC 8460 §4.3, as far as we can tell them apart. */
export type TlsFailure =
  | "starttls-not-supported"
  | "certificate-host-mismatch"
  | "certificate-expired"
  | "certificate-not-trusted"
  | "validation-failure"
  | "sts-policy-fetch-error"
  | "sts-policy-invalid"
  | "sts-webpki-invalid"
  | "tlsa-invalid"
  | "dnssec-invalid";

/** Outgoing sessions of one kind: under which policy, and how they went. */
export interface TlsLine {
  readonly policyType: "tlsa" | "sts" | "no-policy-found";
  /** Lines of the policy, or TLSA records; empty without one. */
  readonly policy: readonly string[];
  /** Of `tlsa`: whose records they are. */
  readonly base?: string;
  readonly exchanges: readonly string[];
  /** Null: encrypted as the policy demands; then neither server nor address is kept. */
  readonly failure: TlsFailure | null;
  readonly exchange: string;
  readonly address: string;
}

/** Messages of one kind that came in a domain's name. */
export interface DmarcLine {
  readonly source: string;
  readonly headerFrom: string;
  /** The domain's record as it was applied. */
  readonly record: string;
  readonly disposition: "none" | "quarantine" | "reject";
  readonly isDkimAligned: boolean;
  readonly isSpfAligned: boolean;
  readonly spf: { readonly domain: string; readonly result: string };
  readonly dkim: readonly { readonly domain: string; readonly selector: string; readonly result: string }[];
}

/** What is reported on: a domain's day, in UTC, as `YYYY-MM-DD`. */
export interface ReportDayKey {
  readonly kind: "dmarc" | "tls";
  readonly day: string;
  readonly domain: string;
}

export interface ReportDay extends ReportDayKey {
  readonly reportId: ReportOutId;
  /** How often it could not be sent. */
  readonly tries: number;
}

export interface Counted<Line> {
  readonly line: Line;
  readonly times: number;
}

/** What a report is written of. */
export interface ReportText<Line> {
  readonly domain: string;
  readonly day: string;
  readonly reportId: string;
  /** Our own domain: who reports. */
  readonly submitter: string;
  /** The heaviest first. */
  readonly lines: readonly Counted<Line>[];
}

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** First and last second of the day. */
export function rangeOf(day: string): { readonly from: Date; readonly to: Date } {
  const from = new Date(`${day}T00:00:00Z`);
  return { from, to: new Date(from.getTime() + 86_399_000) };
}
