import type { WebhookEventType } from "@casaforte/contract/webhooks";
import { type Actor, newId, parseId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { topicOf } from "./event-types.ts";
import { webhooksLimits } from "./limits.ts";
import { disabledMail } from "./mails.ts";
import type { WebhookServices } from "./services.ts";
import { markDisabled, selectEndpoint, selectListeners } from "./store.ts";
import { countWaiting, insertDelivery } from "./store-deliveries.ts";
import type { DeliveryId, DisabledReason, EndpointId, EventId, Happening } from "./types.ts";

export const sendTask = "webhooks.send";
const system: Actor = { kind: "system", name: "webhooks" };

/** What the composition root tells. `id` names the object, `kind` what it is. */
export interface Announcement {
  readonly type: WebhookEventType;
  readonly kind: string;
  readonly id: string;
  /** A UUID: told again under the same one, it is told once. */
  readonly once?: string;
}

/** For what stands in no log: told in the transaction in which it happens (R79). */
export async function announce(tx: TenantTx, what: Announcement, services: WebhookServices): Promise<void> {
  const { clock, random } = services;
  const at = new Date(clock.nowMs());
  const told = await announceHappening(
    tx,
    {
      eventId: what.once === undefined ? newId<EventId>(clock, random) : parseId<EventId>(what.once),
      ...{ type: what.type, kind: what.kind, objectId: what.id, at },
    },
    services,
  );
  await wakeEndpoints(tx, told, services);
}

/**
 * One delivery for each endpoint that is told of this; an event that an endpoint has already makes none. Gives
 * those that are to be woken, which the caller does when it has written all it tells.
 */
export async function announceHappening(
  tx: TenantTx,
  happening: Happening,
  services: WebhookServices,
): Promise<readonly EndpointId[]> {
  const topic = topicOf(happening.type);
  if (topic === null) return [];
  const told: EndpointId[] = [];
  for (const { id } of await selectListeners(tx, topic))
    if ((await countWaiting(tx, id, webhooksLimits.waitingMax)) >= webhooksLimits.waitingMax)
      await disableEndpoint(tx, id, "overflow", services);
    else if ((await addDelivery(tx, id, happening, services)) !== null) told.push(id);
  return told;
}

async function addDelivery(
  tx: TenantTx,
  endpointId: EndpointId,
  happening: Happening,
  { clock, random }: WebhookServices,
): Promise<DeliveryId | null> {
  const id = newId<DeliveryId>(clock, random);
  return (await insertDelivery(tx, id, endpointId, happening, new Date(clock.nowMs()))) ? id : null;
}

/** The delivery and the job that sends it. Null when this endpoint has this event already. */
export async function enqueueDelivery(
  tx: TenantTx,
  endpointId: EndpointId,
  happening: Happening,
  services: WebhookServices,
): Promise<DeliveryId | null> {
  const id = await addDelivery(tx, endpointId, happening, services);
  if (id !== null) await wakeEndpoint(tx, endpointId, services.clock.nowMs(), services);
  return id;
}

/** Always in the same order, so that two transactions which wake the same ones never wait for each other. */
export async function wakeEndpoints(
  tx: TenantTx,
  ids: Iterable<EndpointId>,
  services: Pick<WebhookServices, "clock" | "jobs">,
): Promise<void> {
  for (const id of [...new Set(ids)].sort()) await wakeEndpoint(tx, id, services.clock.nowMs(), services);
}

/** One waiting job an endpoint, however much waits for it; one that comes earlier stays. */
export const wakeEndpoint = (
  tx: TenantTx,
  endpointId: EndpointId,
  runAtMs: number,
  { jobs }: Pick<WebhookServices, "jobs">,
): Promise<void> => jobs.enqueue(tx, sendTask, { endpointId }, { key: endpointId, runAtMs, keepsEarlier: true });

/** Tells it nothing more until somebody lets it go on, and writes to owners and administrators. */
export async function disableEndpoint(
  tx: TenantTx,
  id: EndpointId,
  reason: DisabledReason,
  services: WebhookServices,
): Promise<void> {
  if (!(await markDisabled(tx, id, reason))) return;
  await recordAudit(tx, system, {
    action: "webhooks.endpoint_disabled",
    object: { kind: "webhook", id },
    details: { reason },
  });
  const endpoint = await selectEndpoint(tx, id);
  if (endpoint === null) return;
  for (const { login, language } of await services.administrators(tx))
    await services.send(tx, {
      to: login,
      language,
      ...disabledMail(endpoint, reason, language, services.consoleUrl),
    });
}
