import { z } from "zod";
import { instantSchema } from "./time.ts";

/** What a customer may be told of by webhook, by subject (R79). */
export const webhookTopics = [
  "backup",
  "devices",
  "spaces",
  "mail",
  "domains",
  "orders",
  "billing",
  "tickets",
  "measures",
  "notices",
  "people",
] as const;
export const webhookTopicSchema = z.enum(webhookTopics);
export type WebhookTopic = z.infer<typeof webhookTopicSchema>;

/** Every kind of event; new ones may come, so a receiver passes over what it does not know. */
export const webhookEventTypes = [
  "backup.finished",
  "backup.partial",
  "backup.failed",
  "backup.alarm_raised",
  "backup.alarm_settled",
  "backup.point_deleted",
  "device.enrolled",
  "device.revoked",
  "device.deleted",
  "space.created",
  "space.changed",
  "space.deleted",
  "space.filling_up",
  "mailbox.created",
  "mailbox.changed",
  "mailbox.deleted",
  "mailbox.restored",
  "mailbox.filling_up",
  "sending.stopped",
  "sending.resumed",
  "domain.added",
  "domain.activated",
  "domain.removed",
  "order.placed",
  "order.changed",
  "order.ended",
  "invoice.issued",
  "invoice.paid",
  "invoice.overdue",
  "credit_note.issued",
  "budget.reached",
  "ticket.opened",
  "ticket.answered",
  "ticket.solved",
  "measure.imposed",
  "measure.begun",
  "measure.ended",
  "notice.updated",
  "person.joined",
  "person.role_changed",
  "person.removed",
  "token.created",
  "token.revoked",
  "webhook.test",
] as const;
export const webhookEventTypeSchema = z.enum(webhookEventTypes);
export type WebhookEventType = z.infer<typeof webhookEventTypeSchema>;

const moment = instantSchema;

/**
 * The body of a webhook, version 1: what happened to what. Read the rest by the API, with a token that may. It is
 * delivered at least once and in no fixed order: `id` is the same each time, also in the header `webhook-id`.
 */
export const webhookEventSchema = z.object({
  version: z.literal(1),
  id: z.uuid(),
  type: webhookEventTypeSchema,
  /** When it happened. */
  timestamp: moment,
  data: z.object({ kind: z.string(), id: z.string() }),
});
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

export const webhookLimits = {
  endpointsMax: 10,
  nameCharsMax: 100,
  urlCharsMax: 1_000,
  deliveriesPage: 50,
} as const;

export const webhookEndpointSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  url: z.string(),
  topics: z.array(webhookTopicSchema),
  /** `paused` by a person, `disabled` by the server. */
  state: z.enum(["active", "paused", "disabled"]),
  disabledReason: z.enum(["failing", "gone", "overflow"]).nullable(),
  /** Until when the secret before signs, too. */
  secretBeforeUntil: moment.nullable(),
  /** Since when nothing gets through. */
  failingSince: moment.nullable(),
  lastSuccessAt: moment.nullable(),
  /** Events that wait to be delivered. */
  waiting: z.number().int(),
  createdAt: moment,
});
export type WebhookEndpoint = z.infer<typeof webhookEndpointSchema>;

/** GET /api/webhooks */
export const webhooksReplySchema = z.object({ endpoints: z.array(webhookEndpointSchema) });
export type WebhooksReply = z.infer<typeof webhooksReplySchema>;

/** POST /api/webhooks, by a person who has just proved who they are. */
export const createWebhookSchema = z.strictObject({
  name: z.string().trim().min(1).max(webhookLimits.nameCharsMax),
  /** https, a public server. */
  url: z.string().trim().min(9).max(webhookLimits.urlCharsMax),
  topics: z.array(webhookTopicSchema).min(1).max(webhookTopics.length),
});
/** PUT /api/webhooks/:id, by such a person. */
export const changeWebhookSchema = createWebhookSchema;
/** `secret`, `whsec_…`, is shown once. */
export const webhookSecretReplySchema = z.object({ id: z.uuid(), secret: z.string() });

export const webhookDeliverySchema = z.object({
  id: z.uuid(),
  /** `webhook-id`: the same however often it is sent. */
  eventId: z.uuid(),
  type: webhookEventTypeSchema,
  data: z.object({ kind: z.string(), id: z.string() }),
  occurredAt: moment,
  state: z.enum(["waiting", "delivered", "failed"]),
  attempts: z.number().int(),
  nextAt: moment.nullable(),
  lastAt: moment.nullable(),
  /** The receiver's HTTP status; null when none came. */
  lastStatus: z.number().int().nullable(),
  /** Why none came. */
  lastTrouble: z.enum(["not_public", "no_such_host", "tls", "timeout", "unreachable"]).nullable(),
  lastMs: z.number().int().nullable(),
});
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>;

/** GET /api/webhooks/:id/deliveries, newest first. */
export const webhookDeliveriesQuerySchema = z.strictObject({ cursor: z.uuid().optional() });
export const webhookDeliveriesReplySchema = z.object({
  deliveries: z.array(webhookDeliverySchema),
  nextCursor: z.uuid().nullable(),
});
export type WebhookDeliveriesReply = z.infer<typeof webhookDeliveriesReplySchema>;
/** POST /api/webhooks/:id/test and …/deliveries/:deliveryId/resend */
export const webhookSentReplySchema = z.object({ deliveryId: z.uuid() });
