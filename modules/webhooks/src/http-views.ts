import type { WebhookDelivery, WebhookEndpoint } from "@casaforte/contract/webhooks";
import type { Delivery, Endpoint } from "./types.ts";

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

/** Without its secrets, sealed or not. */
export const viewEndpoint = (endpoint: Endpoint, waiting: number): WebhookEndpoint => ({
  id: endpoint.id,
  name: endpoint.name,
  url: endpoint.url,
  topics: [...endpoint.topics],
  state: endpoint.state,
  disabledReason: endpoint.disabledReason,
  secretBeforeUntil: iso(endpoint.beforeUntil),
  failingSince: iso(endpoint.failingSince),
  lastSuccessAt: iso(endpoint.lastSuccessAt),
  waiting,
  createdAt: endpoint.createdAt.toISOString(),
});

export const viewDelivery = (delivery: Delivery): WebhookDelivery => ({
  id: delivery.id,
  eventId: delivery.eventId,
  type: delivery.type,
  data: { kind: delivery.kind, id: delivery.objectId },
  occurredAt: delivery.at.toISOString(),
  state: delivery.state,
  attempts: delivery.attempts,
  nextAt: iso(delivery.nextAt),
  lastAt: iso(delivery.lastAt),
  lastStatus: delivery.lastStatus,
  lastTrouble: delivery.lastTrouble,
  lastMs: delivery.lastMs,
});
