import { providerTenantId, type TenantId } from "@casaforte/kernel";
import { eachTenant } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { deliverTask, sendTask } from "./accept-message.ts";
import { deleteBlobHandler, deliverHandler } from "./deliver-job.ts";
import { mailflowLimits } from "./limits.ts";
import { sendHandler } from "./send-job.ts";
import type { MailflowServices } from "./services.ts";
import { deleteFinishedDeliveries, selectOverdueDeliveries } from "./store-deliveries.ts";
import { deleteEventsBefore, deleteRatesBefore } from "./store-events.ts";
import { deleteFinishedOutgoing, selectOverdueEntries } from "./store-queue.ts";
import { selectOverdueSystemMail } from "./store-system-mail.ts";
import { composeHandler, composeTask } from "./system-mail.ts";

const sweepTask = "mailflow.sweep";

export const jobSchedules: readonly JobSchedule[] = [{ task: sweepTask, everyMs: mailflowLimits.sweepMs }];

/** Every handler of the module. The sweep gives a job back to what lost it and forgets what is long finished. */
export function jobHandlers(services: MailflowServices): readonly JobHandler[] {
  return [
    deliverHandler(services),
    sendHandler(services),
    composeHandler(services),
    deleteBlobHandler(services),
    {
      task: sweepTask,
      async run(_payload, context) {
        for await (const { tenantId } of eachTenant(services.db, context.signal)) await sweep(services, tenantId);
      },
    },
  ];
}

async function sweep(services: MailflowServices, tenantId: TenantId): Promise<void> {
  const { db, clock, jobs } = services;
  const nowMs = clock.nowMs();
  const overdue = new Date(nowMs - mailflowLimits.overdueMs);
  const batch = mailflowLimits.pruneBatch;
  const finished = new Date(nowMs - mailflowLimits.finishedKeptMs);
  await db.tenant(tenantId, async (tx) => {
    for (const id of await selectOverdueDeliveries(tx, overdue, batch))
      await jobs.enqueue(tx, deliverTask, { deliveryId: id }, { key: id });
    for (const id of await selectOverdueEntries(tx, overdue, batch))
      await jobs.enqueue(tx, sendTask, { queueId: id }, { key: id });
    for (const id of await selectOverdueSystemMail(tx, overdue, batch))
      await jobs.enqueue(tx, composeTask, { mailId: id }, { key: id });
  });
  await db.tenant(tenantId, async (tx) => {
    await deleteFinishedDeliveries(tx, finished, batch);
    await deleteFinishedOutgoing(tx, finished, batch);
    await deleteEventsBefore(tx, new Date(nowMs - mailflowLimits.eventsKeptMs), batch);
    await deleteRatesBefore(tx, finished);
  });
  if (tenantId === providerTenantId) services.logger.debug("mailflow.swept");
}
