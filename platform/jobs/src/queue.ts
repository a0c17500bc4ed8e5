import { assert, type Clock, type Id, newId, providerTenantId, type Random } from "@casaforte/kernel";
import type { Bus } from "@casaforte/platform/bus";
import { jobLimits } from "./limits.ts";
import type { Jobs } from "./port.ts";

export const wakeTopic = "jobs";

/** The durable queue in PostgreSQL. A hint after the commit wakes a worker at once; without it the poll finds the job. */
export function openJobs(services: { readonly clock: Clock; readonly random: Random; readonly bus: Bus }): Jobs {
  const { clock, random, bus } = services;
  return {
    async enqueue(tx, task, payload, options = {}) {
      const tenantId = tx.scope === "tenant" ? tx.tenantId : providerTenantId;
      const text = JSON.stringify(payload);
      assert(text.length <= jobLimits.payloadBytesMax, "a job's payload holds ids, not content");
      const now = new Date(clock.nowMs());
      await tx.sql`
        insert into jobs_jobs (tenant_id, id, task, key, payload, run_at, attempts_max, created_at)
        values (${tenantId}, ${newId<Id<"Job">>(clock, random)}, ${task}, ${options.key ?? null}, ${text}::text::jsonb,
          ${new Date(options.runAtMs ?? clock.nowMs())}, ${options.attemptsMax ?? jobLimits.attemptsMax}, ${now})
        on conflict (tenant_id, task, key) where key is not null and locked_until is null and failed_at is null
        do update set payload = excluded.payload, attempts = 0, attempts_max = excluded.attempts_max,
          run_at = case when ${options.keepsEarlier ?? false} then least(jobs_jobs.run_at, excluded.run_at)
            else excluded.run_at end`;
      tx.afterCommit(() => bus.publish(wakeTopic));
    },
  };
}
