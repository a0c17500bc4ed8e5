import type { Clock, Logger } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import { jobLimits, seconds } from "./limits.ts";
import type { JobHandler, JobSchedule } from "./port.ts";

export interface RecurringOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly schedules: readonly JobSchedule[];
  readonly handlers: ReadonlyMap<string, JobHandler>;
  readonly aborting: AbortSignal;
  /** What fails while the program stops is no news. */
  readonly stopping: AbortSignal;
  /** Tells the queue that a schedule ended; waits while the database is away. */
  giveBack(task: string): Promise<void>;
  /** Something ended while more may be due. */
  lookAgain(): void;
}

interface Run {
  readonly beganMs: number;
  readonly ended: Promise<void>;
}

/** The recurring work of this process. It begins a few at a time, so that a start does not open every connection for it. */
export class Recurring {
  readonly #options: RecurringOptions;
  readonly #running = new Map<string, Run>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #maybeMore = false;

  constructor(options: RecurringOptions) {
    this.#options = options;
  }

  get running(): readonly Promise<void>[] {
    return [...this.#running.values()].map(({ ended }) => ended);
  }

  /** Begins what is due, at most once a `pollMs` when nothing was left waiting. Returns how many it began. */
  async look(): Promise<number> {
    const { db, clock, schedules, stopping } = this.#options;
    if (stopping.aborted) return 0;
    const nowMs = clock.nowMs();
    const isFresh = (sinceMs: number) => nowMs >= sinceMs && nowMs - sinceMs < jobLimits.pollMs;
    if (isFresh(this.#lookedAtMs) && !this.#maybeMore) return 0;
    const room =
      jobLimits.schedulesAtOnce - [...this.#running.values()].filter(({ beganMs }) => isFresh(beganMs)).length;
    const resting = schedules.filter(({ task }) => !this.#running.has(task));
    if (room <= 0 || resting.length === 0) return 0;
    const claimed = await db.lookup(
      (tx) => tx.sql<{ task: string }[]>`select jobs_claim_schedules(${resting.map(({ task }) => task)}::text[],
        ${resting.map(({ everyMs }) => seconds(everyMs))}::interval[], ${new Date(nowMs)},
        ${seconds(jobLimits.leaseMs)}::interval, ${room}) as task`,
      { oneTrip: true },
    );
    this.#lookedAtMs = nowMs;
    this.#maybeMore = claimed.length === room;
    for (const { task } of claimed) this.#begin(task, nowMs);
    return claimed.length;
  }

  /** Keeps the lease of what runs long. */
  async renew(): Promise<void> {
    const { db, clock } = this.#options;
    if (this.#running.size === 0) return;
    await db.lookup(
      (tx) =>
        tx.sql`select jobs_renew_schedules(${[...this.#running.keys()]}::text[], ${new Date(clock.nowMs())}, ${seconds(jobLimits.leaseMs)}::interval)`,
    );
  }

  #begin(task: string, beganMs: number): void {
    const ended = this.#run(task).finally(() => {
      this.#running.delete(task);
      if (this.#maybeMore) this.#options.lookAgain();
    });
    this.#running.set(task, { beganMs, ended });
  }

  async #run(task: string): Promise<void> {
    const { handlers, aborting, stopping, logger, giveBack } = this.#options;
    try {
      await handlers
        .get(task)
        ?.run({}, { tenantId: null, attempt: 1, signal: aborting, logger: logger.with({ task }) });
    } catch (error) {
      if (!stopping.aborted) logger.error("jobs.schedule_failed", error, { task });
    } finally {
      await giveBack(task);
    }
  }
}
