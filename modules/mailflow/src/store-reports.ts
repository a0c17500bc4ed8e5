import type { TenantTx } from "@casaforte/platform/db";
import type { DomainReport, DomainReportId, ReportRow } from "./domain-report.ts";
import { mailflowLimits } from "./limits.ts";

export interface KeptReport extends DomainReport {
  readonly id: DomainReportId;
  /** The domain that its sender proved; what the report calls itself could be anybody's name. */
  readonly reporter: string;
  readonly receivedAt: Date;
}

/** Returns false when this report came before, and when the domain has had its fill for the day. */
export async function insertReport(tx: TenantTx, report: KeptReport): Promise<boolean> {
  const since = new Date(report.receivedAt.getTime() - 24 * 3_600_000);
  const rows = await tx.sql`
    with today as (
      select count(*) as total, count(*) filter (where reporter = ${report.reporter}) as own from mailflow_domain_reports
      where tenant_id = ${tx.tenantId} and received_at > ${since} and domain = ${report.domain})
    insert into mailflow_domain_reports (tenant_id, id, domain, kind, reporter, report_id, from_at, to_at, received_at, passed,
      failed, rows)
    select ${tx.tenantId}::uuid, ${report.id}::uuid, ${report.domain}, ${report.kind}, ${report.reporter}, ${report.reportId},
      ${report.from}::timestamptz, ${report.to}::timestamptz, ${report.receivedAt}::timestamptz, ${report.passed}::bigint,
      ${report.failed}::bigint, ${tx.sql.json(report.rows as never)}::jsonb
    from today where total < ${mailflowLimits.reportsPerDayMax} and own < ${mailflowLimits.reportsPerDayOfReporterMax}
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

/** Sessions that TLS reports about that domain call failed, in reports that end in that time. */
export async function countTlsFailures(tx: TenantTx, domain: string, since: Date, until: Date): Promise<number> {
  const [row] = await tx.sql<{ failed: bigint }[]>`
    select coalesce(sum(failed), 0)::bigint as failed from mailflow_domain_reports
    where tenant_id = ${tx.tenantId} and domain = ${domain} and kind = 'tls' and to_at between ${since} and ${until}`;
  return Number(row?.failed ?? 0n);
}

/** Those received before. */
export async function deleteReportsBefore(tx: TenantTx, before: Date, limit: number): Promise<void> {
  await tx.sql`
    delete from mailflow_domain_reports where tenant_id = ${tx.tenantId} and id in
      (select id from mailflow_domain_reports where tenant_id = ${tx.tenantId} and received_at < ${before} limit ${limit})`;
}
