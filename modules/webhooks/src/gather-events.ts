import type { TenantId } from "@casaforte/kernel";
import { listEntriesAfter, listHeadsBeyond } from "@casaforte/modules/audit";
import type { JobContext } from "@casaforte/platform/jobs";
import { announceHappening, wakeEndpoints } from "./announce-event.ts";
import { eventOfAction } from "./event-types.ts";
import { webhooksLimits } from "./limits.ts";
import type { WebhookServices } from "./services.ts";
import { lockCursor, moveCursor, selectListening } from "./store.ts";
import type { EndpointId, EventId } from "./types.ts";

/**
 * Takes events from the logs of those customers who want to be told. A log's entry is written in the transaction of the act
 * itself, and the chain gives it its place for good, so what happened is told and what was undone is not; the entry's id is
 * the event's, so that reading twice tells once. Costs two look-ups while nothing happens.
 */
export async function gatherEvents(
  services: WebhookServices,
  { signal, logger }: Pick<JobContext, "signal" | "logger">,
): Promise<void> {
  const { db } = services;
  const listening = await db.lookup(selectListening, { readOnly: true });
  if (listening.length === 0) return;
  const behind = await db.lookup((tx) => listHeadsBeyond(tx, listening), { readOnly: true });
  for (const tenantId of behind) {
    signal.throwIfAborted();
    // One customer's trouble keeps no other from being told; the next turn is two seconds away.
    await gatherOf(services, tenantId, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      logger.error("webhooks.gather_failed", error, { tenantId });
    });
  }
}

async function gatherOf(services: WebhookServices, tenantId: TenantId, signal: AbortSignal): Promise<void> {
  const { gatherBatch } = webhooksLimits;
  for (;;) {
    signal.throwIfAborted();
    const read = await services.db.tenant(tenantId, async (tx) => {
      const seq = await lockCursor(tx);
      if (seq === null) return 0;
      const entries = await listEntriesAfter(tx, seq, gatherBatch);
      const told: EndpointId[] = [];
      for (const { id, at, action, objectKind: kind, objectId } of entries) {
        const type = eventOfAction(action);
        if (type === null) continue;
        told.push(...(await announceHappening(tx, { eventId: id as EventId, type, kind, objectId, at }, services)));
      }
      await wakeEndpoints(tx, told, services);
      const last = entries.at(-1);
      if (last !== undefined) await moveCursor(tx, last.seq);
      return entries.length;
    });
    if (read < gatherBatch) return;
  }
}
