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
  await announceHappening(
    tx,
    {
      eventId: what.once === undefined ? newId<EventId>(clock, random) : parseId<EventId>(what.once),
      ...{ type: what.type, kind: what.kind, objectId: what.id, at },
    },
    services,
  );
}

/** One delivery for each endpoint that is told of this; an event that an endpoint has already makes none. */
export async function announceHappening(tx: TenantTx, happening: Happening, services: WebhookServices): Promise<void> {
  const topic = topicOf(happening.type);
  if (topic === null) return;
  for (const { id } of await selectListeners(tx, topic))
    if ((await countWaiting(tx, id, webhooksLimits.waitingMax)) >= webhooksLimits.waitingMax)
      await disableEndpoint(tx, id, "overflow", services);
    else await enqueueDelivery(tx, id, happening, services);
}

/** The delivery and the job that sends it. Null when this endpoint has this event already. */
export async function enqueueDelivery(
  tx: TenantTx,
  endpointId: EndpointId,
  happening: Happening,
  services: WebhookServices,
): Promise<DeliveryId | null> {
  const { clock, random } = services;
  const id = newId<DeliveryId>(clock, random);
  if (!(await insertDelivery(tx, id, endpointId, happening, new Date(clock.nowMs())))) return null;
  await wakeEndpoint(tx, endpointId, clock.nowMs(), services);
  return id;
}

/** One job an endpoint, however much waits for it. */
export const wakeEndpoint = (
  tx: TenantTx,
  endpointId: EndpointId,
  runAtMs: number,
  { jobs }: Pick<WebhookServices, "jobs">,
): Promise<void> => jobs.enqueue(tx, sendTask, { endpointId }, { key: endpointId, runAtMs });

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
