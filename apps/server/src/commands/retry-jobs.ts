import { openDb } from "@casaforte/platform/db";
import { openLogger } from "@casaforte/platform/telemetry";
import type { DatabaseUrls } from "../core.ts";

/** Gives every job that was given up all its tries again, unless a newer one of the same key waits. Returns how many. */
export async function retryFailedJobs(urls: DatabaseUrls, nowMs: number): Promise<number> {
  const db = openDb({ ...urls, logger: openLogger({ level: "error" }), operatorConnectionsMax: 1 });
  try {
    return await db.operator(async (tx) => {
      await tx.sql`delete from jobs_jobs f where f.failed_at is not null and f.key is not null and (
        exists (select 1 from jobs_jobs w where w.tenant_id = f.tenant_id and w.task = f.task and w.key = f.key and w.failed_at is null)
        or exists (select 1 from jobs_jobs n where n.tenant_id = f.tenant_id and n.task = f.task and n.key = f.key
          and n.failed_at is not null and n.id > f.id))`;
      const retried = await tx.sql`update jobs_jobs set failed_at = null, attempts = 0, run_at = ${new Date(nowMs)}
        where failed_at is not null`;
      return retried.count;
    });
  } finally {
    await db.close();
  }
}
