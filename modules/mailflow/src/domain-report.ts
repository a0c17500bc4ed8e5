import type { Id } from "@casaforte/kernel";
import { mailflowLimits } from "./limits.ts";

export type DomainReportId = Id<"DomainReport">;

/** One line of a report. Of DMARC: who sent, and whether signature and SPF spoke for the domain; of TLS: what went wrong. */
export interface ReportRow {
  readonly count: number;
  /** Address that sent; of TLS the receiving server, or empty. */
  readonly source: string;
  readonly isDkimAligned: boolean | null;
  readonly isSpfAligned: boolean | null;
  /** What the reporter did: `none`, `quarantine`, `reject`. */
  readonly disposition: string | null;
  /** `result-type` of RFC 8460 §4.3, or empty. */
  readonly failure: string;
}

/** One report about one domain. */
export interface DomainReport {
  readonly kind: "dmarc" | "tls";
  readonly domain: string;
  readonly reportId: string;
  readonly from: Date;
  readonly to: Date;
  /** Messages, or sessions. */
  readonly passed: number;
  readonly failed: number;
  readonly rows: readonly ReportRow[];
}

/** A text of theirs that is kept and shown. */
export const shownText = (value: unknown): string =>
  typeof value === "string"
    ? value
        .replace(/\p{Cc}+/gu, " ")
        .trim()
        .slice(0, mailflowLimits.shownTextMax)
    : "";

/** A count of theirs; nonsense is 0. */
export function countOf(value: unknown): number {
  const count =
    typeof value === "number" ? value : typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : 0;
  return Number.isSafeInteger(count) && count > 0 ? Math.min(count, mailflowLimits.reportCountMax) : 0;
}

/** The heaviest lines; the sums count all. */
export const keptRows = (rows: readonly ReportRow[]): readonly ReportRow[] =>
  rows.toSorted((a, b) => b.count - a.count).slice(0, mailflowLimits.reportRowsMax);
