import { Failure, parseId } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { sendTask, wakeEndpoint } from "./announce-event.ts";
import { gatherEvents } from "./gather-events.ts";
import { webhooksLimits } from "./limits.ts";
import { sendTurn } from "./send-events.ts";
import { SendingPlaces } from "./sending-places.ts";
import type { WebhookServices } from "./services.ts";
import { clearSecretsBefore, selectEndpoints } from "./store.ts";
import { deleteOldDeliveries, selectNextDue } from "./store-deliveries.ts";
import type { EndpointId } from "./types.ts";

export const jobSchedules: readonly JobSchedule[] = [
  { task: "webhooks.gather", everyMs: webhooksLimits.gatherEveryMs },
  { task: "webhooks.sweep", everyMs: webhooksLimits.sweepEveryMs },
];

/**
 * `webhooks.gather` takes events from the logs, `webhooks.send` sends what waits for one endpoint, `webhooks.sweep` forgets
 * old deliveries and secrets and wakes whoever lost its job.
 */
export function jobHandlers(services: WebhookServices): readonly JobHandler[] {
  const { db, clock } = services;
  const places = new SendingPlaces();
  return [
    { task: "webhooks.gather", run: (_payload, context) => gatherEvents(services, context) },
    {
      task: sendTask,
      async run(payload, { tenantId, signal }) {
        const id = payload["endpointId"];
        if (tenantId === null || typeof id !== "string")
          throw new Failure("invalid", "webhooks.not_found", "the job names no endpoint");
        const endpointId = parseId<EndpointId>(id);
        const leave = places.take(tenantId, clock.nowMs());
        if (leave === null) {
          const laterMs = clock.nowMs() + webhooksLimits.noPlaceMs;
          return db.tenant(tenantId, (tx) => wakeEndpoint(tx, endpointId, laterMs, services));
        }
        try {
          await sendTurn(services, tenantId, endpointId, signal);
        } finally {
          leave();
        }
      },
    },
    {
      task: "webhooks.sweep",
      run: (_payload, context) =>
        sweepTenants(db, context, ({ tenantId }) => db.tenant(tenantId, (tx) => sweep(tx, services))),
    },
  ];
}

async function sweep(tx: TenantTx, services: WebhookServices): Promise<void> {
  const nowMs = services.clock.nowMs();
  const endpoints = await selectEndpoints(tx);
  if (endpoints.length === 0) return;
  await clearSecretsBefore(tx, new Date(nowMs));
  await deleteOldDeliveries(tx, new Date(nowMs - webhooksLimits.deliveriesKeptMs));
  for (const { id, state } of endpoints) {
    const due = state === "active" ? await selectNextDue(tx, id) : null;
    if (due !== null && due.getTime() < nowMs - webhooksLimits.sweepEveryMs)
      await wakeEndpoint(tx, id, nowMs, services);
  }
}
