import type { WebhookTopic } from "@casaforte/contract/webhooks";
import { type Actor, Failure, newId } from "@casaforte/kernel";
import { type AuditDetails, readAuditHead, recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { enqueueDelivery, wakeEndpoint } from "./announce-event.ts";
import { parseEndpointUrl } from "./endpoint-url.ts";
import { webhooksLimits } from "./limits.ts";
import { freshSecret, sealSecret } from "./secret.ts";
import type { WebhookServices } from "./services.ts";
import { beginCursor, deleteEndpoint, insertEndpoint, lockEndpoint, selectEndpoints, updateEndpoint } from "./store.ts";
import { countTrials, hastenWaiting, lockDelivery, updateDelivery } from "./store-deliveries.ts";
import type { DeliveryId, Endpoint, EndpointId, EventId } from "./types.ts";

export type UserActor = Extract<Actor, { kind: "user" }>;

export interface EndpointInput {
  readonly name: string;
  readonly url: string;
  readonly topics: readonly WebhookTopic[];
}

const audit = (tx: TenantTx, actor: Actor, id: EndpointId, act: string, details: AuditDetails = {}) =>
  recordAudit(tx, actor, { action: `webhooks.${act}`, object: { kind: "webhook", id }, details });

/** What the log says of an address: the rest of it is often a secret. */
const placeOf = (url: string): string => new URL(url).host;

/** @throws not_found `webhooks.not_found`. */
async function requireEndpoint(tx: TenantTx, id: EndpointId): Promise<Endpoint> {
  const endpoint = await lockEndpoint(tx, id);
  if (endpoint === null) throw new Failure("not_found", "webhooks.not_found", "there is no such webhook");
  return endpoint;
}

/** Who begins to listen when nobody did is told of what happens from now on, not of what happened meanwhile. */
async function beginToListen(tx: TenantTx, endpoints: readonly Endpoint[]): Promise<void> {
  if (endpoints.some(({ state }) => state !== "disabled")) return;
  await beginCursor(tx, (await readAuditHead(tx))?.seq ?? 0n);
}

/**
 * An endpoint and its secret, which is shown once (R79).
 * @throws invalid `webhooks.url`, forbidden `net.not_public`, over_quota `webhooks.too_many`.
 */
export async function createEndpoint(
  tx: TenantTx,
  actor: UserActor,
  input: EndpointInput,
  services: WebhookServices,
): Promise<{ readonly id: EndpointId; readonly secret: string }> {
  const { clock, random, secretKey } = services;
  const url = parseEndpointUrl(input.url);
  const endpoints = await selectEndpoints(tx);
  if (endpoints.length >= webhooksLimits.endpointsMax)
    throw new Failure("over_quota", "webhooks.too_many", "there are ten webhooks already");
  const id = newId<EndpointId>(clock, random);
  const secret = freshSecret(random);
  await beginToListen(tx, endpoints);
  await insertEndpoint(tx, {
    ...{ id, name: input.name, url, topics: [...new Set(input.topics)], state: "active", disabledReason: null },
    sealedSecret: sealSecret(secretKey, random, `${tx.tenantId} ${id}`, secret),
    ...{ sealedBefore: null, beforeUntil: null, failingSince: null, restsUntil: null, lastSuccessAt: null },
    ...{ createdBy: actor.principalId, createdAt: new Date(clock.nowMs()) },
  });
  await audit(tx, actor, id, "endpoint_created", { url: placeOf(url), topics: [...input.topics] });
  return { id, secret };
}

/**
 * At another address what waits is tried at once. @throws invalid `webhooks.url`, forbidden `net.not_public`, not_found
 * `webhooks.not_found`.
 */
export async function changeEndpoint(
  tx: TenantTx,
  actor: UserActor,
  input: EndpointInput & { readonly id: EndpointId },
  services: Pick<WebhookServices, "clock" | "jobs">,
): Promise<void> {
  const url = parseEndpointUrl(input.url);
  const before = await requireEndpoint(tx, input.id);
  const isMoved = before.url !== url;
  const next = { ...before, name: input.name, url, topics: [...new Set(input.topics)] };
  await updateEndpoint(tx, isMoved ? { ...next, failingSince: null, restsUntil: null } : next);
  if (isMoved && before.state === "active") {
    const nowMs = services.clock.nowMs();
    await hastenWaiting(tx, input.id, new Date(nowMs));
    await wakeEndpoint(tx, input.id, nowMs, services);
  }
  await audit(tx, actor, input.id, "endpoint_changed", {
    ...(isMoved ? { url: { before: placeOf(before.url), after: placeOf(url) } } : {}),
    topics: [...input.topics],
  });
}

/** Events go on being collected, and wait. @throws not_found. */
export async function pauseEndpoint(tx: TenantTx, actor: UserActor, id: EndpointId): Promise<void> {
  const before = await requireEndpoint(tx, id);
  if (before.state !== "active") return;
  await updateEndpoint(tx, { ...before, state: "paused" });
  await audit(tx, actor, id, "endpoint_paused");
}

/** What waited goes out at once. @throws not_found. */
export async function resumeEndpoint(
  tx: TenantTx,
  actor: UserActor,
  id: EndpointId,
  services: WebhookServices,
): Promise<void> {
  const before = await requireEndpoint(tx, id);
  if (before.state === "active") return;
  const nowMs = services.clock.nowMs();
  await beginToListen(tx, await selectEndpoints(tx));
  await updateEndpoint(tx, { ...before, state: "active", disabledReason: null, failingSince: null, restsUntil: null });
  await hastenWaiting(tx, id, new Date(nowMs));
  await wakeEndpoint(tx, id, nowMs, services);
  await audit(tx, actor, id, "endpoint_resumed");
}

/** A new secret, shown once; the one before signs beside it for a day. @throws not_found. */
export async function renewSecret(
  tx: TenantTx,
  actor: UserActor,
  id: EndpointId,
  services: WebhookServices,
): Promise<string> {
  const { clock, random, secretKey } = services;
  const before = await requireEndpoint(tx, id);
  const secret = freshSecret(random);
  await updateEndpoint(tx, {
    ...before,
    sealedSecret: sealSecret(secretKey, random, `${tx.tenantId} ${id}`, secret),
    sealedBefore: before.sealedSecret,
    beforeUntil: new Date(clock.nowMs() + webhooksLimits.bothSecretsMs),
  });
  await audit(tx, actor, id, "secret_renewed");
  return secret;
}

/** With everything that waits for it. @throws not_found. */
export async function removeEndpoint(tx: TenantTx, actor: UserActor, id: EndpointId): Promise<void> {
  if (!(await deleteEndpoint(tx, id))) throw new Failure("not_found", "webhooks.not_found", "there is no such webhook");
  await audit(tx, actor, id, "endpoint_removed");
}

/** Whoever asks for a sending does not wait until the endpoint has rested. */
async function requireActive(tx: TenantTx, id: EndpointId): Promise<Endpoint> {
  const endpoint = await requireEndpoint(tx, id);
  if (endpoint.state !== "active")
    throw new Failure("precondition", "webhooks.not_active", "nothing is sent to it at the moment");
  await updateEndpoint(tx, { ...endpoint, restsUntil: null });
  return endpoint;
}

/** An event of a trial, to this endpoint alone. @throws not_found, precondition `webhooks.not_active`, rate_limited. */
export async function tryEndpoint(
  tx: TenantTx,
  actor: UserActor,
  id: EndpointId,
  services: WebhookServices,
): Promise<DeliveryId> {
  const { clock, random } = services;
  await requireActive(tx, id);
  const nowMs = clock.nowMs();
  const { trialsMax, trialsWithinMs } = webhooksLimits;
  if ((await countTrials(tx, id, new Date(nowMs - trialsWithinMs))) >= trialsMax)
    throw new Failure("rate_limited", "webhooks.too_many_trials", "twenty trials an hour are enough", {
      details: { retryAtMs: nowMs + trialsWithinMs },
    });
  const eventId = newId<EventId>(clock, random);
  const at = new Date(nowMs);
  const trial = { eventId, type: "webhook.test", kind: "webhook", objectId: id, at } as const;
  const deliveryId = await enqueueDelivery(tx, id, trial, services);
  if (deliveryId === null) throw new Failure("conflict", "webhooks.busy", "this trial was made already");
  await audit(tx, actor, id, "endpoint_tried");
  return deliveryId;
}

/** Sends one event once more, whatever became of it. @throws not_found, precondition `webhooks.not_active`. */
export async function resendDelivery(
  tx: TenantTx,
  actor: UserActor,
  input: { readonly id: EndpointId; readonly deliveryId: DeliveryId },
  services: WebhookServices,
): Promise<void> {
  await requireActive(tx, input.id);
  const delivery = await lockDelivery(tx, input.id, input.deliveryId);
  if (delivery === null) throw new Failure("not_found", "webhooks.no_delivery", "there is no such delivery");
  const nowMs = services.clock.nowMs();
  const now = new Date(nowMs);
  await updateDelivery(tx, { ...delivery, state: "waiting", attempts: 0, nextAt: now, triedSince: now });
  await wakeEndpoint(tx, input.id, nowMs, services);
  await audit(tx, actor, input.id, "event_resent", { event: delivery.eventId });
}
