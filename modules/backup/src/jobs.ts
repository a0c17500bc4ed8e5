import { Failure, type TenantId } from "@casaforte/kernel";
import { listSites } from "@casaforte/modules/spaces";
import { eachTenant } from "@casaforte/modules/tenancy";
import type { LookupTx } from "@casaforte/platform/db";
import type { JobContext, JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { applyRetention } from "./apply-retention.ts";
import { collectTenant } from "./collect.ts";
import { backupLimits } from "./limits.ts";
import { makeReplicas } from "./make-replicas.ts";
import { sweepOrphans } from "./orphan-sweep.ts";
import { replicaSweepTask, replicaTask } from "./replica-tasks.ts";
import { scrubTenant } from "./scrub.ts";
import { scrubReplicas } from "./scrub-replicas.ts";
import { type NoticeRoad, sendNotices } from "./send-notices.ts";
import type { BackupServices } from "./services.ts";
import { selectSteadySince, tickClock } from "./store-collect.ts";
import { selectTenantsAsked } from "./store-verify.ts";
import { verifyAsked, verifyTask } from "./verify-point.ts";

const hourMs = 3_600_000;

/** When the module's recurring work runs. */
export const jobSchedules: readonly JobSchedule[] = [
  { task: "backup.clock", everyMs: backupLimits.clockTickMs },
  { task: "backup.notices", everyMs: backupLimits.noticesEveryMs },
  { task: "backup.retention", everyMs: hourMs },
  { task: "backup.collect", everyMs: hourMs },
  { task: "backup.scrub", everyMs: hourMs },
  { task: replicaSweepTask, everyMs: hourMs },
  { task: "backup.orphans", everyMs: 24 * hourMs },
  { task: verifyTask, everyMs: backupLimits.verifyEveryMs },
];

/**
 * Whether time may end things: the clock has run for a day without a step back or a gap of more than an hour. A stopped
 * vault looks like a gap too and waits a day; deleting late is the harmless side.
 */
export async function clockIsSteady({
  db,
  clock,
  logger,
}: Pick<BackupServices, "db" | "clock" | "logger">): Promise<boolean> {
  const nowMs = clock.nowMs();
  const since = await db.lookup((tx) => tickClock(tx, new Date(nowMs), backupLimits.clockGapMs));
  const steady = nowMs - since.getTime() >= backupLimits.clockSteadyMs;
  if (!steady) logger.warn("backup.expiry_halted", { steadySince: since.toISOString() });
  return steady;
}

/** The same for whoever only asks: what customers do never moves the clock by which everybody's expiry goes. */
export async function clockWasSteady({ db, clock }: Pick<BackupServices, "db" | "clock">): Promise<boolean> {
  const nowMs = clock.nowMs();
  const ask = (tx: LookupTx) => selectSteadySince(tx, new Date(nowMs), backupLimits.clockGapMs);
  const since = await db.lookup(ask, { readOnly: true });
  return since !== null && nowMs - since.getTime() >= backupLimits.clockSteadyMs;
}

/** Handlers of the module's jobs; each goes tenant by tenant and may be cut and run again at any point. */
export function jobHandlers(
  services: BackupServices & {
    readonly notices?: NoticeRoad;
    /** While true, nothing of that tenant is deleted for good (R92). */
    isHeld?(tenantId: TenantId): Promise<boolean>;
  },
): readonly JobHandler[] {
  const { db, logger } = services;
  const forEachTenant =
    (work: (tenantId: Parameters<typeof collectTenant>[1], context: JobContext) => Promise<void>) =>
    async (_payload: unknown, context: JobContext) => {
      // One tenant's trouble must not keep the others from their turn.
      let trouble: unknown = null;
      for await (const { tenantId } of eachTenant(db, context.signal)) {
        try {
          await work(tenantId, context);
        } catch (error) {
          context.signal.throwIfAborted();
          trouble ??= error;
          logger.error("backup.sweep_failed", error, { tenantId });
        }
      }
      if (trouble !== null) throw trouble;
    };
  return [
    {
      task: "backup.notices",
      run: forEachTenant(async (tenantId) => {
        if (services.notices) await sendNotices(services, services.notices, tenantId);
      }),
    },
    { task: "backup.clock", run: async () => void (await clockIsSteady(services)) },
    {
      task: "backup.retention",
      run: async (payload, context) => {
        if (!(await clockIsSteady(services))) return;
        await forEachTenant(async (tenantId) => {
          const report = await applyRetention(services, tenantId, context.signal);
          if (report.pointsExpired + report.chainsHeld > 0) logger.info("backup.retention", { tenantId, ...report });
        })(payload, context);
      },
    },
    {
      task: "backup.collect",
      run: async (payload, context) => {
        if (!(await clockIsSteady(services))) return;
        await forEachTenant(async (tenantId) => {
          // A hold may come in the middle of a long sweep.
          const held = new Failure("locked", "backup.held", "a legal hold keeps everything of the customer");
          const guard = async () => {
            if (await services.isHeld?.(tenantId)) throw held;
          };
          const report = await collectTenant(services, tenantId, context.signal, guard).catch((error: unknown) => {
            if (error === held) return {};
            throw error;
          });
          if (Object.values(report).some((count) => count > 0))
            logger.info("backup.collected", { tenantId, ...report });
        })(payload, context);
      },
    },
    {
      task: "backup.scrub",
      run: forEachTenant(async (tenantId, { signal }) => {
        await scrubTenant(services, tenantId, signal);
        await scrubReplicas(services, tenantId, signal);
      }),
    },
    {
      task: verifyTask,
      async run(payload, context) {
        // A job that a version before enqueued: what it is for is done by the schedule.
        if (context.tenantId !== null) return;
        const asked = new Set(await db.operator(selectTenantsAsked, { readOnly: true }));
        if (asked.size === 0) return;
        await forEachTenant(async (tenantId, { signal }) => {
          if (asked.has(tenantId)) await verifyAsked(services, tenantId, signal);
        })(payload, context);
      },
    },
    {
      task: replicaTask,
      async run(_payload, { tenantId, signal }) {
        if (tenantId !== null) await makeReplicas(services, tenantId, signal);
      },
    },
    {
      task: replicaSweepTask,
      run: forEachTenant(async (tenantId, { signal }) => {
        const report = await makeReplicas(services, tenantId, signal);
        if (report.made + report.mended + report.lost > 0) logger.info("backup.replicas", { tenantId, ...report });
      }),
    },
    {
      task: "backup.orphans",
      run: async (payload, context) => {
        if (!(await clockIsSteady(services))) return;
        // A closed site is one that the configuration no longer names: its store cannot be opened here.
        const sites = (await db.lookup((tx) => listSites(tx), { readOnly: true })).filter((site) => site.open);
        await forEachTenant(async (tenantId, { signal }) => {
          for (const site of sites) {
            if (await services.isHeld?.(tenantId)) return;
            await sweepOrphans(services, tenantId, site.id, signal);
            if (site.replicaName !== null) await sweepOrphans(services, tenantId, site.id, signal, "replica");
          }
        })(payload, context);
      },
    },
  ];
}
