import { createHash } from "node:crypto";
import type { TenantTx } from "@casaforte/platform/db";
import { mailflowLimits } from "./limits.ts";
import type { Counted, DmarcLine, ReportDay, ReportDayKey, ReportOutId, TlsLine } from "./report-line.ts";

export interface LineToCount extends ReportDayKey {
  readonly line: TlsLine | DmarcLine;
  /** Names the day's report when this is the first line of it. */
  readonly reportId: ReportOutId;
  readonly at: Date;
}

/** One more of that line. Beyond so many domains a day and lines a domain nothing new is counted. */
export async function countLine(tx: TenantTx, { kind, day, domain, line, reportId, at }: LineToCount): Promise<void> {
  const { sql, tenantId } = tx;
  const key = createHash("sha256").update(JSON.stringify(line)).digest("hex");
  const raised = await sql`
    update mailflow_report_counts set times = times + 1
    where tenant_id = ${tenantId} and kind = ${kind} and day = ${day}::date and domain = ${domain} and line_key = ${key}
    returning 1`;
  if (raised.length > 0) return;
  await sql`
    insert into mailflow_report_days (tenant_id, kind, day, domain, report_id, state, first_at)
    select ${tenantId}::uuid, ${kind}, ${day}::date, ${domain}, ${reportId}::uuid, 'counting', ${at}::timestamptz
    where (select count(*) from mailflow_report_days where tenant_id = ${tenantId} and kind = ${kind} and day = ${day}::date)
      < ${mailflowLimits.reportDomainsPerDayMax}
    on conflict (tenant_id, kind, day, domain) do nothing`;
  await sql`
    insert into mailflow_report_counts (tenant_id, kind, day, domain, line_key, line, times, counted_at)
    select d.tenant_id, d.kind, d.day, d.domain, ${key}, ${sql.json(line as never)}::jsonb, 1, ${at}::timestamptz
    from mailflow_report_days d
    where d.tenant_id = ${tenantId} and d.kind = ${kind} and d.day = ${day}::date and d.domain = ${domain}
      and d.state = 'counting' and (
        select count(*) from mailflow_report_counts c
        where c.tenant_id = ${tenantId} and c.kind = ${kind} and c.day = ${day}::date and c.domain = ${domain})
      < ${mailflowLimits.reportLinesMax}
    on conflict (tenant_id, kind, day, domain, line_key) do update set times = mailflow_report_counts.times + 1`;
}

/** Days before that one which nobody was told of yet; those that failed least first. */
export async function selectDueReports(tx: TenantTx, before: string, limit: number): Promise<readonly ReportDay[]> {
  return tx.sql<ReportDay[]>`
    select kind, day::text as day, domain, report_id as "reportId", tries from mailflow_report_days
    where tenant_id = ${tx.tenantId} and state = 'counting' and day < ${before}::date
    order by tries, day, kind, domain limit ${limit}`;
}

/** The heaviest lines first. */
export async function selectLines<Line extends TlsLine | DmarcLine>(
  tx: TenantTx,
  { kind, day, domain }: ReportDayKey,
): Promise<readonly Counted<Line>[]> {
  const rows = await tx.sql<{ line: Line; times: bigint }[]>`
    select line, times from mailflow_report_counts
    where tenant_id = ${tx.tenantId} and kind = ${kind} and day = ${day}::date and domain = ${domain}
    order by times desc, line_key limit ${mailflowLimits.reportLinesMax}`;
  return rows.map(({ line, times }) => ({ line, times: Number(times) }));
}

/** Told, or nobody wants to know: the counts go. False when another run was faster. */
export async function finishReport(tx: TenantTx, { kind, day, domain }: ReportDayKey): Promise<boolean> {
  const { sql, tenantId } = tx;
  const finished = await sql`
    update mailflow_report_days set state = 'done'
    where tenant_id = ${tenantId} and kind = ${kind} and day = ${day}::date and domain = ${domain} and state = 'counting'`;
  if (finished.count === 0) return false;
  await sql`
    delete from mailflow_report_counts
    where tenant_id = ${tenantId} and kind = ${kind} and day = ${day}::date and domain = ${domain}`;
  return true;
}

/** It could not be told now. */
export async function deferReport(tx: TenantTx, { kind, day, domain }: ReportDayKey): Promise<void> {
  await tx.sql`
    update mailflow_report_days set tries = tries + 1
    where tenant_id = ${tx.tenantId} and kind = ${kind} and day = ${day}::date and domain = ${domain}`;
}

/** Those begun before, told or not. */
export async function deleteReportCountsBefore(tx: TenantTx, before: Date, limit: number): Promise<void> {
  const { sql, tenantId } = tx;
  await sql`
    delete from mailflow_report_counts where ctid in (
      select ctid from mailflow_report_counts where tenant_id = ${tenantId} and counted_at < ${before} limit ${limit})
      and tenant_id = ${tenantId}`;
  await sql`
    delete from mailflow_report_days where ctid in (
      select ctid from mailflow_report_days d where tenant_id = ${tenantId} and first_at < ${before} and not exists (
        select 1 from mailflow_report_counts c where c.tenant_id = d.tenant_id and c.kind = d.kind and c.day = d.day
          and c.domain = d.domain) limit ${limit})
      and tenant_id = ${tenantId}`;
}
