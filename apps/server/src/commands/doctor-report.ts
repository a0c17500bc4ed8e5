import type { DoctorReport } from "../doctor/examine.ts";

/** `doctor`'s exit codes. */
export const doctorExitCodes = { well: 0, findings: 1, couldNotRun: 2 } as const;

/** What a person reads. */
export function reportLines(report: Pick<DoctorReport, "ok" | "findings" | "tenants" | "invariants">): string {
  if (report.ok)
    return `All well: ${report.invariants} invariants hold for ${report.tenants} tenants, every row has its blob, the audit chains are whole, and the database keeps tenants apart.\n`;
  const lines = report.findings.map(({ where, what, todo }) => `✗ ${where}: ${what}\n  → ${todo}\n`);
  return `${lines.join("")}${report.findings.length} findings.\n`;
}
