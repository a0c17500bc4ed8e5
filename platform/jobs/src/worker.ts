import {
  type Clock,
  Failure,
  type Logger,
  providerTenantId,
  type Random,
  type TenantId,
  toHex,
} from "@casaforte/kernel";
import type { Bus } from "@casaforte/platform/bus";
import type { Db, LookupTx } from "@casaforte/platform/db";
import { jobLimits, seconds } from "./limits.ts";
import type { JobHandler, JobPayload, JobSchedule } from "./port.ts";
import { wakeTopic } from "./queue.ts";
import { Recurring } from "./recurring.ts";

export interface WorkerOptions {
  readonly db: Db;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly handlers: readonly JobHandler[];
  readonly schedules?: readonly JobSchedule[];
  readonly concurrency?: number;
}

export interface Worker {
  /** Runs everything that is due now, then returns; for tests and for `casaforte doctor`. */
  drain(): Promise<void>;
  /** Takes no more; waits for running jobs, at most `graceMs`, then aborts them (they run again elsewhere). */
  stop(graceMs?: number): Promise<void>;
}

interface Taken {
  readonly tenant_id: string;
  readonly id: string;
  readonly task: string;
  readonly payload: JobPayload;
  readonly attempts: number;
  readonly attempts_max: number;
}

/** Delay before try `attempt + 1`: doubling from two seconds to six hours, with up to a quarter of jitter. */
export function retryDelayMs(attempt: number, random: Random): number {
  const delay = Math.min(jobLimits.retryMaxMs, jobLimits.retryFirstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(delay * (1 + (random.bytes(1)[0] ?? 0) / 1024));
}

/** Starts taking jobs. One per process is enough; several processes share the queue. */
export function startWorker(options: WorkerOptions, autostart = true): Worker {
  const { db, clock, random, bus } = options;
  const logger = options.logger.with({ component: "jobs" });
  const name = toHex(random.bytes(8));
  const handlers = new Map(options.handlers.map((handler) => [handler.task, handler]));
  const schedules = (options.schedules ?? []).filter((schedule) => handlers.has(schedule.task));
  const tasks = [...handlers.keys()];
  const concurrency = options.concurrency ?? jobLimits.concurrency;
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  const aborting = new AbortController();
  let hint = Promise.withResolvers<void>();

  /**
   * Tells the queue that this worker let go. A database that is away meanwhile is waited for, or the work would rest until
   * its lease runs out, minutes after the database is back.
   */
  async function giveBack(tell: (tx: LookupTx) => Promise<unknown>, log: Logger): Promise<void> {
    const giveUpAtMs = clock.nowMs() + jobLimits.leaseMs;
    for (;;) {
      try {
        return void (await db.lookup(tell));
      } catch (error) {
        const isAway = error instanceof Failure && error.kind === "unavailable";
        if (!isAway || stopping.signal.aborted || clock.nowMs() >= giveUpAtMs)
          return log.error("jobs.cannot_give_back", error);
        await clock.sleep(jobLimits.pollMs, stopping.signal).catch(() => {});
      }
    }
  }

  async function run(job: Taken): Promise<void> {
    const tenantId = job.tenant_id === providerTenantId ? null : (job.tenant_id as TenantId);
    const context = {
      tenantId,
      attempt: job.attempts,
      signal: aborting.signal,
      logger: logger.with({ task: job.task, job: job.id }),
    };
    try {
      await handlers.get(job.task)?.run(job.payload, context);
      await db.lookup((tx) => tx.sql`select jobs_done(${name}, ${job.id})`, { oneTrip: true });
    } catch (error) {
      const exhausted = job.attempts >= job.attempts_max;
      const retryAt = exhausted ? null : new Date(clock.nowMs() + retryDelayMs(job.attempts, random));
      if (exhausted) context.logger.error("jobs.gave_up", error, { attempts: job.attempts });
      else
        context.logger.warn("jobs.will_retry", {
          attempt: job.attempts,
          reason: error instanceof Error ? error.message : String(error),
        });
      const reason = error instanceof Error ? error.message : String(error);
      await giveBack(
        (tx) => tx.sql`select jobs_failed(${name}, ${job.id}, ${reason}, ${retryAt}, ${new Date(clock.nowMs())})`,
        context.logger,
      );
    }
  }

  const recurring = new Recurring({
    ...{ db, clock, logger, schedules, handlers },
    ...{ aborting: aborting.signal, stopping: stopping.signal },
    giveBack: (task) => giveBack((tx) => tx.sql`select jobs_release_schedule(${task})`, logger),
    lookAgain: () => hint.resolve(),
  });

  /** Jobs are taken although what recurs cannot be asked for. */
  async function lookAtRecurring(): Promise<number> {
    try {
      return await recurring.look();
    } catch (error) {
      if (error instanceof Failure && error.kind === "unavailable") throw error;
      logger.error("jobs.recurring_failed", error);
      return 0;
    }
  }

  /** One look at the queue and at what recurs. Returns how many it started. */
  async function take(): Promise<number> {
    const begun = await lookAtRecurring();
    const room = concurrency - running.size;
    if (room <= 0 || stopping.signal.aborted) return begun;
    const now = new Date(clock.nowMs());
    const jobs = await db.lookup(
      (tx) =>
        tx.sql<
          Taken[]
        >`select * from jobs_take(${name}, ${tasks}, ${room}, ${now}, ${seconds(jobLimits.leaseMs)}::interval)`,
      { oneTrip: true },
    );
    for (const job of jobs)
      running.set(
        job.id,
        run(job).finally(() => {
          running.delete(job.id);
          hint.resolve();
        }),
      );
    return begun + jobs.length;
  }

  async function renew(): Promise<void> {
    if (running.size === 0) return;
    await db.lookup(
      (tx) =>
        tx.sql`select jobs_renew(${name}, ${[...running.keys()]}::uuid[], ${new Date(clock.nowMs())}, ${seconds(jobLimits.leaseMs)}::interval)`,
    );
  }

  async function loop(): Promise<void> {
    let renewAtMs = clock.nowMs() + jobLimits.renewMs;
    while (!stopping.signal.aborted) {
      try {
        if (clock.nowMs() >= renewAtMs) {
          renewAtMs = clock.nowMs() + jobLimits.renewMs;
          await Promise.all([renew(), recurring.renew()]);
        }
        if ((await take()) > 0) continue;
      } catch (error) {
        if (error instanceof Failure && error.kind === "unavailable") logger.warn("jobs.database_away");
        else logger.error("jobs.take_failed", error);
      }
      const waiting = new AbortController();
      await Promise.race([clock.sleep(jobLimits.pollMs, waiting.signal).catch(() => {}), hint.promise]);
      waiting.abort();
      hint = Promise.withResolvers();
    }
  }

  const unsubscribe = bus.subscribe(wakeTopic, () => hint.resolve());
  const looping = autostart ? loop() : Promise.resolve();
  return {
    async drain() {
      do {
        while ((await take()) > 0);
        await Promise.all([...running.values(), ...recurring.running]);
      } while ((await take()) > 0);
      await Promise.all([...running.values(), ...recurring.running]);
    },
    async stop(graceMs = 10_000) {
      unsubscribe();
      stopping.abort();
      hint.resolve();
      const patience = new AbortController();
      // What was claimed at this moment begins before the loop ends, and is waited for, too.
      const all = looping.then(() => Promise.all([...running.values(), ...recurring.running]));
      await Promise.race([all, clock.sleep(graceMs, patience.signal).catch(() => {})]);
      patience.abort();
      aborting.abort(new Failure("cancelled", "jobs.stopping", "the program is stopping"));
      await Promise.race([all, clock.sleep(1_000)]);
    },
  };
}
