import type { TenantTx } from "@casaforte/platform/db";
import type { DomainReport, DomainReportId, ReportRow } from "./domain-report.ts";

export interface KeptReport extends DomainReport {
  readonly id: DomainReportId;
  readonly receivedAt: Date;
}

/** Returns false when this report came before. */
export async function insertReport(tx: TenantTx, report: KeptReport): Promise<boolean> {
  const rows = await tx.sql`
    insert into mailflow_domain_reports (tenant_id, id, domain, kind, reporter, report_id, from_at, to_at, received_at, passed,
      failed, rows)
    values (${tx.tenantId}, ${report.id}, ${report.domain}, ${report.kind}, ${report.reporter}, ${report.reportId}, ${report.from},
      ${report.to}, ${report.receivedAt}, ${report.passed}, ${report.failed}, ${tx.sql.json(report.rows as never)})
    on conflict (tenant_id, domain, kind, reporter, report_id) do nothing returning 1`;
  return rows.length > 0;
}

/** Newest first. */
export async function selectReports(tx: TenantTx, domain: string, limit: number): Promise<readonly KeptReport[]> {
  const rows = await tx.sql<
    (Omit<KeptReport, "passed" | "failed" | "rows"> & { passed: bigint; failed: bigint; rows: ReportRow[] })[]
  >`
    select id, domain, kind, reporter, report_id as "reportId", from_at as "from", to_at as "to", received_at as "receivedAt",
      passed, failed, rows
    from mailflow_domain_reports where tenant_id = ${tx.tenantId} and domain = ${domain}
    order by to_at desc, id desc limit ${limit}`;
  return rows.map((row) => ({ ...row, passed: Number(row.passed), failed: Number(row.failed) }));
}

/** Sessions that TLS reports about that domain call failed, in reports that reach into the time since. */
export async function countTlsFailures(tx: TenantTx, domain: string, since: Date): Promise<number> {
  const [row] = await tx.sql<{ failed: bigint }[]>`
    select coalesce(sum(failed), 0)::bigint as failed from mailflow_domain_reports
    where tenant_id = ${tx.tenantId} and domain = ${domain} and kind = 'tls' and to_at >= ${since}`;
  return Number(row?.failed ?? 0n);
}

export async function deleteReportsBefore(tx: TenantTx, before: Date, limit: number): Promise<void> {
  await tx.sql`
    delete from mailflow_domain_reports where tenant_id = ${tx.tenantId} and id in
      (select id from mailflow_domain_reports where tenant_id = ${tx.tenantId} and to_at < ${before} limit ${limit})`;
}
