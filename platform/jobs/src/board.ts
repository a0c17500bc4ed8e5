import type { OperatorTx } from "@casaforte/platform/db";

/** One task's queue as an operator sees it. */
export interface QueueState {
  readonly task: string;
  readonly waiting: number;
  readonly running: number;
  /** Given up after their last try; they stay until somebody lets them run again. */
  readonly failed: number;
  /** Of those that are due and not taken, the longest. */
  readonly dueSince: Date | null;
  readonly lastError: string | null;
  readonly lastFailedAt: Date | null;
}

export interface ScheduleState {
  readonly task: string;
  readonly nextAt: Date;
  readonly isRunning: boolean;
}

/** Every task that has a job now, what failed first (R22). */
export async function readQueues(tx: OperatorTx, nowMs: number): Promise<QueueState[]> {
  const now = new Date(nowMs);
  return tx.sql<QueueState[]>`
    select task, count(*) filter (where failed_at is null and (locked_until is null or locked_until < ${now}))::int as waiting,
      count(*) filter (where failed_at is null and locked_until >= ${now})::int as running,
      count(*) filter (where failed_at is not null)::int as failed,
      min(run_at) filter (where failed_at is null and run_at <= ${now} and (locked_until is null or locked_until < ${now})) as "dueSince",
      (array_agg(last_error order by failed_at desc) filter (where failed_at is not null))[1] as "lastError",
      max(failed_at) as "lastFailedAt"
    from jobs_jobs group by task order by max(failed_at) is null, task`;
}

/** What recurs, and when it is next due. */
export async function readSchedules(tx: OperatorTx, nowMs: number): Promise<ScheduleState[]> {
  return tx.sql<ScheduleState[]>`
    select task, next_at as "nextAt", coalesce(locked_until >= ${new Date(nowMs)}, false) as "isRunning"
    from jobs_schedules order by task`;
}

/**
 * Gives jobs that were given up all their tries again, of one task or of all, unless a newer one of the same key waits.
 * Returns how many.
 */
export async function retryFailed(
  tx: OperatorTx,
  input: { readonly task: string | null; readonly nowMs: number },
): Promise<number> {
  const { task, nowMs } = input;
  await tx.sql`
    delete from jobs_jobs f where f.failed_at is not null and f.key is not null and (${task}::text is null or f.task = ${task}) and (
      exists (select 1 from jobs_jobs w where w.tenant_id = f.tenant_id and w.task = f.task and w.key = f.key and w.failed_at is null)
      or exists (select 1 from jobs_jobs n where n.tenant_id = f.tenant_id and n.task = f.task and n.key = f.key
        and n.failed_at is not null and n.id > f.id))`;
  const retried = await tx.sql`
    update jobs_jobs set failed_at = null, attempts = 0, run_at = ${new Date(nowMs)}
    where failed_at is not null and (${task}::text is null or task = ${task})`;
  return retried.count;
}
