import { statfs } from "node:fs/promises";
import type { HealthCheck } from "@casaforte/contract/health";
import type { Clock } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";

export interface HealthSources {
  readonly db: Db;
  readonly clock: Clock;
  /** Folders whose disks fill up: the data directory and each site's blobs. */
  readonly disks: readonly { readonly name: string; readonly directory: string }[];
}

const thresholds = {
  oldestJobWarningMs: 60_000,
  oldestJobFailedMs: 600_000,
  diskFreeWarning: 0.1,
  diskFreeFailed: 0.03,
} as const;

const grade = (value: number, warning: number, failed: number): HealthCheck["state"] =>
  value >= failed ? "failed" : value >= warning ? "warning" : "ok";

async function database(db: Db): Promise<HealthCheck> {
  const started = performance.now();
  try {
    await db.operator((tx) => tx.sql`select 1`);
    return {
      name: "database",
      subject: "PostgreSQL",
      state: "ok",
      code: "health.database_answers",
      figures: { roundTripMs: Math.round(performance.now() - started) },
    };
  } catch {
    return { name: "database", subject: "PostgreSQL", state: "failed", code: "health.database_away", figures: {} };
  }
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

/** What the operator's board shows. A source that cannot be read is a failed check, never an exception. */
export async function readHealth(sources: HealthSources): Promise<readonly HealthCheck[]> {
  const away = (name: HealthCheck["name"], subject: string): HealthCheck => ({
    name,
    subject,
    state: "failed",
    code: "health.unreadable",
    figures: {},
  });
  return Promise.all([
    database(sources.db),
    jobs(sources).catch(() => away("jobs", "jobs")),
    ...sources.disks.map(({ name, directory }) => disk(name, directory).catch(() => away("disk", name))),
  ]);
}
