import { providerTenantId } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import type { DoctorFinding } from "./finding.ts";

interface FailedRow {
  readonly tenantId: string;
  readonly task: string;
  readonly count: number;
  readonly last: string | null;
  readonly at: Date;
}

/** Work that was given up after its last try. */
export async function failedJobs(db: Db): Promise<DoctorFinding[]> {
  const rows = await db.operator(
    (tx) => tx.sql<FailedRow[]>`
      select tenant_id as "tenantId", task, count(*)::int as count, max(failed_at) as at,
        (array_agg(last_error order by failed_at desc))[1] as last
      from jobs_jobs where failed_at is not null group by tenant_id, task order by tenant_id, task`,
    { readOnly: true },
  );
  return rows.map(({ tenantId, task, count, last, at }) => ({
    where: tenantId === providerTenantId ? `jobs, ${task}` : `tenant ${tenantId}, jobs, ${task}`,
    what: `${count} given up, the last at ${at.toISOString()}: ${last ?? "no reason kept"}`,
    todo: "Remove the cause, which the log tells under jobs.gave_up, then let the jobs run again: casaforte retry-jobs",
  }));
}
