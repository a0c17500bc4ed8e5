import { type Actor, providerTenantId, type TenantId } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { deliverTask, sendTask } from "./accept-message.ts";
import { deleteBlobHandler, deliverHandler } from "./deliver-job.ts";
import { letMailGo } from "./hold-mail.ts";
import { learnHandler } from "./learn-job.ts";
import { mailflowLimits } from "./limits.ts";
import { deleteQuarantined } from "./quarantine.ts";
import { sendQuarantineDigests } from "./quarantine-digest.ts";
import { domainReportsTask, sendReportsHandler } from "./send-domain-reports.ts";
import { sendHandler } from "./send-job.ts";
import type { MailflowServices } from "./services.ts";
import { deleteDomainRatesBefore } from "./store-abuse.ts";
import { deleteKnocks } from "./store-arrival-rules.ts";
import { deleteLearnedBefore } from "./store-bayes.ts";
import { deleteFinishedDeliveries, selectOverdueDeliveries } from "./store-deliveries.ts";
import { deleteEventsBefore, deleteRatesBefore } from "./store-events.ts";
import { selectHeldWithoutStop } from "./store-held.ts";
import { deleteFinishedQuarantine, selectHeldBefore } from "./store-quarantine.ts";
import { deleteFinishedOutgoing, selectOverdueEntries } from "./store-queue.ts";
import { deleteReportCountsBefore } from "./store-report-counts.ts";
import { deleteReportsBefore } from "./store-reports.ts";
import { deleteStsPoliciesBefore } from "./store-sts.ts";
import { selectOverdueSystemMail } from "./store-system-mail.ts";
import { composeHandler, composeTask } from "./system-mail.ts";
import { ownAddressesTask, watchOwnAddressesHandler } from "./watch-own-addresses.ts";

const sweepTask = "mailflow.sweep";

const digestTask = "mailflow.quarantine_digest";

export const jobSchedules: readonly JobSchedule[] = [
  { task: sweepTask, everyMs: mailflowLimits.sweepMs },
  { task: digestTask, everyMs: mailflowLimits.quarantineDigestMs },
  { task: domainReportsTask, everyMs: mailflowLimits.reportsOutMs },
  { task: ownAddressesTask, everyMs: mailflowLimits.ownAddressesMs },
];

/** Every handler of the module. The sweep gives a job back to what lost it and forgets what is long finished. */
export function jobHandlers(services: MailflowServices): readonly JobHandler[] {
  return [
    deliverHandler(services),
    sendHandler(services),
    composeHandler(services),
    deleteBlobHandler(services),
    learnHandler(services),
    sendReportsHandler(services),
    watchOwnAddressesHandler(services),
    {
      task: digestTask,
      async run(_payload, context) {
        await sweepTenants(services.db, context, async ({ tenantId }) => {
          await sendQuarantineDigests(services, tenantId);
        });
      },
    },
    {
      task: sweepTask,
      async run(_payload, context) {
        await sweepTenants(services.db, context, ({ tenantId }) => sweep(services, tenantId));
      },
    },
  ];
}

const actor: Actor = { kind: "system", name: "mailflow" };

async function sweep(services: MailflowServices, tenantId: TenantId): Promise<void> {
  const { db, clock, jobs } = services;
  const nowMs = clock.nowMs();
  const overdue = new Date(nowMs - mailflowLimits.overdueMs);
  const batch = mailflowLimits.pruneBatch;
  const finished = new Date(nowMs - mailflowLimits.finishedKeptMs);
  await db.tenant(tenantId, async (tx) => {
    for (const id of await selectOverdueDeliveries(tx, overdue, batch))
      await jobs.enqueue(tx, deliverTask, { deliveryId: id }, { key: id });
    for (const account of await selectHeldWithoutStop(tx, batch)) await letMailGo(tx, account, services);
    for (const id of await selectOverdueEntries(tx, overdue, batch))
      await jobs.enqueue(tx, sendTask, { queueId: id }, { key: id });
    for (const id of await selectOverdueSystemMail(tx, overdue, batch))
      await jobs.enqueue(tx, composeTask, { mailId: id }, { key: id });
  });
  if (await services.isHeld?.(tenantId)) return;
  await db.tenant(tenantId, async (tx) => {
    await deleteFinishedDeliveries(tx, finished, batch);
    await deleteFinishedOutgoing(tx, finished, batch);
    await deleteEventsBefore(tx, new Date(nowMs - mailflowLimits.eventsKeptMs), batch);
    await deleteRatesBefore(tx, finished);
    await deleteDomainRatesBefore(tx, finished);
    await deleteStsPoliciesBefore(tx, new Date(nowMs));
    await deleteReportsBefore(tx, new Date(nowMs - mailflowLimits.reportsKeptMs), batch);
    await deleteReportCountsBefore(tx, new Date(nowMs - mailflowLimits.reportCountsKeptMs), batch);
    await deleteLearnedBefore(tx, new Date(nowMs - mailflowLimits.learnedKeptMs), batch);
    await deleteFinishedQuarantine(tx, finished, batch);
    await deleteKnocks(tx, {
      failed: new Date(nowMs - mailflowLimits.greylistFailedKeptMs),
      passed: new Date(nowMs - mailflowLimits.greylistPassedKeptMs),
    });
    const keptSince = new Date(nowMs - mailflowLimits.quarantineKeptMs);
    for (const id of await selectHeldBefore(tx, keptSince, batch)) await deleteQuarantined(tx, actor, { id }, services);
  });
  if (tenantId === providerTenantId) services.logger.debug("mailflow.swept");
}
