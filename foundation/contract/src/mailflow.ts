import { z } from "zod";

/** One recipient of a message that leaves, or could not. */
export const queueEntrySchema = z.object({
  id: z.uuid(),
  tenantId: z.uuid(),
  traceId: z.uuid(),
  sender: z.string(),
  recipient: z.string(),
  state: z.enum(["waiting", "sent", "failed", "dropped"]),
  attempts: z.number().int(),
  sizeBytes: z.number(),
  createdAt: z.iso.datetime(),
  nextAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  lastReply: z.string().nullable(),
});
export type QueueEntryReply = z.infer<typeof queueEntrySchema>;
export const queueListSchema = z.object({ entries: z.array(queueEntrySchema) });

export const queueQuerySchema = z.object({
  state: z.enum(["waiting", "sent", "failed", "dropped"]).default("waiting"),
  domain: z.string().max(253).optional(),
  address: z.string().max(320).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

/** What happened to a message, newest first. */
export const mailEventSchema = z.object({
  tenantId: z.uuid(),
  traceId: z.uuid(),
  at: z.iso.datetime(),
  kind: z.enum([
    "accepted",
    "queued",
    "delivered",
    "deferred",
    "sent",
    "failed",
    "bounced",
    "dropped",
    "retried",
    "rate_limited",
  ]),
  sender: z.string(),
  recipient: z.string(),
  headerMessageId: z.string(),
  detail: z.string(),
});
export const mailEventListSchema = z.object({ events: z.array(mailEventSchema) });

/** "Where is my mail?": by address, by the name told in the 250, by time. */
export const mailTraceQuerySchema = z.object({
  address: z.string().max(320).optional(),
  traceId: z.uuid().optional(),
  from: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

/** A message that a demonstration kept instead of sending it out. */
export const sinkMessageSchema = z.object({
  id: z.uuid(),
  at: z.iso.datetime(),
  sender: z.string(),
  recipients: z.array(z.string()),
  subject: z.string(),
  sizeBytes: z.number(),
});
export const sinkListSchema = z.object({ messages: z.array(sinkMessageSchema) });
export const sinkQuerySchema = z.object({
  before: z.uuid().optional(),
  address: z.string().max(320).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const sinkTextSchema = z.object({ subject: z.string(), text: z.string() });
