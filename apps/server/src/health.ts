import { statfs } from "node:fs/promises";
import type { HealthCheck } from "@casaforte/contract/health";
import type { Clock } from "@casaforte/kernel";
import { type ReplicaLag, selectReplicaLag } from "@casaforte/modules/backup";
import type { Config } from "@casaforte/platform/config";
import type { Db } from "@casaforte/platform/db";

export interface HealthSources {
  readonly db: Db;
  readonly clock: Clock;
  /** Folders whose disks fill up: the data directory and each site's blobs. */
  readonly disks: readonly { readonly name: string; readonly directory: string }[];
  /** Sites that have a second location. */
  readonly copies: readonly { readonly siteId: string; readonly name: string }[];
  /** How long a source may take; 3 seconds when absent. */
  readonly answerMsMax?: number;
}

const answerMsMax = 3_000;

const thresholds = {
  oldestJobWarningMs: 60_000,
  oldestJobFailedMs: 600_000,
  oldestCopyWarningMs: 6 * 3_600_000,
  oldestCopyFailedMs: 24 * 3_600_000,
  diskFreeWarning: 0.1,
  diskFreeFailed: 0.03,
} as const;

const grade = (value: number, warning: number, failed: number): HealthCheck["state"] =>
  value >= failed ? "failed" : value >= warning ? "warning" : "ok";

async function database(db: Db): Promise<HealthCheck> {
  const started = performance.now();
  await db.operator((tx) => tx.sql`select 1`);
  return {
    name: "database",
    subject: "PostgreSQL",
    state: "ok",
    code: "health.database_answers",
    figures: { roundTripMs: Math.round(performance.now() - started) },
  };
}

async function jobs({ db, clock }: HealthSources): Promise<HealthCheck> {
  const [row] = await db.operator(
    (tx) => tx.sql<{ waiting: number; failed: number; oldest: Date | null }[]>`
      select count(*) filter (where failed_at is null)::int as waiting, count(*) filter (where failed_at is not null)::int as failed,
        min(run_at) filter (where failed_at is null and run_at <= ${new Date(clock.nowMs())}) as oldest from jobs_jobs`,
  );
  const oldestMs = row?.oldest ? Math.max(0, clock.nowMs() - row.oldest.getTime()) : 0;
  const late = grade(oldestMs, thresholds.oldestJobWarningMs, thresholds.oldestJobFailedMs);
  const failed = row?.failed ?? 0;
  return {
    name: "jobs",
    subject: "jobs",
    state: late === "ok" && failed > 0 ? "warning" : late,
    code: failed > 0 ? "health.jobs_failed" : "health.jobs_age",
    figures: { waiting: row?.waiting ?? 0, failed, oldestSeconds: Math.round(oldestMs / 1000) },
  };
}

async function disk(name: string, directory: string): Promise<HealthCheck> {
  const { bavail, blocks, bsize } = await statfs(directory);
  const free = blocks === 0 ? 0 : bavail / blocks;
  const state = free <= thresholds.diskFreeFailed ? "failed" : free <= thresholds.diskFreeWarning ? "warning" : "ok";
  return {
    name: "disk",
    subject: name,
    state,
    code: "health.disk_free",
    figures: { freeBytes: bavail * bsize, totalBytes: blocks * bsize },
  };
}

/** How far a site's second location is behind its first (R28). */
export function copiesCheck(subject: string, lag: ReplicaLag | undefined, nowMs: number): HealthCheck {
  const oldestMs = lag === undefined ? 0 : Math.max(0, nowMs - lag.oldestAt.getTime());
  return {
    name: "copies",
    subject,
    state: grade(oldestMs, thresholds.oldestCopyWarningMs, thresholds.oldestCopyFailedMs),
    code: "health.copies_wait",
    figures: {
      waiting: lag?.waiting ?? 0,
      waitingBytes: Number(lag?.bytes ?? 0n),
      oldestSeconds: Math.round(oldestMs / 1000),
    },
  };
}

/**
 * A source that is asked by one at a time, whoever else wants to know meanwhile. `away` when it fails or does not answer
 * in time: with the database stuck, askers must not queue up behind it.
 */
function source(read: () => Promise<HealthCheck>, away: HealthCheck, timeMs: number): () => Promise<HealthCheck> {
  let reading: Promise<HealthCheck> | null = null;
  return async () => {
    reading ??= read()
      .catch(() => away)
      .finally(() => {
        reading = null;
      });
    const { promise: late, resolve } = Promise.withResolvers<HealthCheck>();
    const timer = setTimeout(() => resolve(away), timeMs);
    try {
      return await Promise.race([reading, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** The sites of a configuration whose copies are watched. */
export const copiesOf = ({ sites }: Pick<Config, "sites">): HealthSources["copies"] =>
  sites.filter(({ replica }) => replica !== undefined).map(({ id, name }) => ({ siteId: id, name }));

/** What the operator's board shows. A source that cannot be read is a failed check, never an exception. */
export function createHealthReader(sources: HealthSources): () => Promise<readonly HealthCheck[]> {
  const timeMs = sources.answerMsMax ?? answerMsMax;
  const away = (name: HealthCheck["name"], subject: string, code = "health.unreadable"): HealthCheck => ({
    ...{ name, subject, state: "failed", code, figures: {} },
  });
  const all = [
    source(() => database(sources.db), away("database", "PostgreSQL", "health.database_away"), timeMs),
    source(() => jobs(sources), away("jobs", "jobs"), timeMs),
    ...sources.copies.map(({ siteId, name }) =>
      source(
        async () => {
          const [lag] = await sources.db.operator((tx) => selectReplicaLag(tx, siteId));
          return copiesCheck(name, lag, sources.clock.nowMs());
        },
        away("copies", name),
        timeMs,
      ),
    ),
    ...sources.disks.map(({ name, directory }) => source(() => disk(name, directory), away("disk", name), timeMs)),
  ];
  return () => Promise.all(all.map((read) => read()));
}
