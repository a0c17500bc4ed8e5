import { z } from "zod";
import { instantSchema } from "./time.ts";

/** One recipient of a message that leaves, or could not. */
export const queueEntrySchema = z.object({
  id: z.uuid(),
  tenantId: z.uuid(),
  traceId: z.uuid(),
  sender: z.string(),
  recipient: z.string(),
  state: z.enum(["waiting", "held", "sent", "failed", "dropped"]),
  attempts: z.number().int(),
  sizeBytes: z.number(),
  createdAt: instantSchema,
  nextAt: instantSchema,
  expiresAt: instantSchema,
  lastReply: z.string().nullable(),
});
export type QueueEntryReply = z.infer<typeof queueEntrySchema>;
export const queueListSchema = z.object({ entries: z.array(queueEntrySchema) });

export const queueQuerySchema = z.object({
  state: z.enum(["waiting", "held", "sent", "failed", "dropped"]).default("waiting"),
  domain: z.string().max(253).optional(),
  address: z.string().max(320).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

/** What happened to a message, newest first. */
export const mailEventSchema = z.object({
  tenantId: z.uuid(),
  traceId: z.uuid(),
  at: instantSchema,
  kind: z.enum([
    "accepted",
    "queued",
    "delivered",
    "deferred",
    "held",
    "sent",
    "failed",
    "bounced",
    "dropped",
    "retried",
    "rate_limited",
    "quarantined",
    "released",
    "refused",
  ]),
  sender: z.string(),
  recipient: z.string(),
  headerMessageId: z.string(),
  subject: z.string(),
  detail: z.string(),
});
export type MailEventReply = z.infer<typeof mailEventSchema>;
/** POST /api/addresses/:id/test: the Message-ID by which GET /api/mail-events tells how far it came. */
export const deliveryTestReplySchema = z.object({ messageId: z.string() });

export const mailEventListSchema = z.object({
  events: z.array(mailEventSchema),
  /** Of a search by subject: what is older than this was not looked at; null: everything was. */
  searchedFrom: z.iso.datetime().nullable(),
});

/** "Where is my mail?": by address, by the name told in the 250, by time. */
export const mailTraceQuerySchema = z.object({
  address: z.string().max(320).optional(),
  traceId: z.uuid().optional(),
  messageId: z.string().max(250).optional(),
  subject: z.string().max(200).optional(),
  from: instantSchema.optional(),
  until: instantSchema.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

/** A message that a demonstration kept instead of sending it out. */
export const sinkMessageSchema = z.object({
  id: z.uuid(),
  at: instantSchema,
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

/** A message held back from a mailbox. */
export const quarantinedSchema = z.object({
  id: z.uuid(),
  mailAccountId: z.uuid(),
  sender: z.string(),
  recipient: z.string(),
  from: z.string(),
  subject: z.string(),
  sizeBytes: z.number(),
  score: z.number(),
  reasons: z.array(z.string()),
  heldAt: instantSchema,
  /** Deleted then, unless somebody decides. */
  keptUntil: instantSchema,
});
export type QuarantinedReply = z.infer<typeof quarantinedSchema>;
export const quarantineListSchema = z.object({ messages: z.array(quarantinedSchema) });
export const quarantineQuerySchema = z.object({
  text: z.string().max(200).optional(),
  before: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** How a domain takes mail. */
export const domainMailPolicySchema = z.object({
  domain: z.string(),
  greylist: z.boolean(),
  spamAction: z.enum(["junk", "quarantine"]),
});
export type DomainMailPolicyReply = z.infer<typeof domainMailPolicySchema>;
export const domainMailPolicyListSchema = z.object({ policies: z.array(domainMailPolicySchema) });
export const updateDomainMailPolicySchema = z.strictObject({
  greylist: z.boolean(),
  spamAction: z.enum(["junk", "quarantine"]),
});

/** A sender that a domain or an account always or never wants: an address, or a domain with all below it. */
export const senderRuleSchema = z.object({
  id: z.uuid(),
  mailAccountId: z.uuid().nullable(),
  domain: z.string().nullable(),
  verdict: z.enum(["allow", "deny"]),
  pattern: z.string(),
  createdAt: instantSchema,
});
export type SenderRuleReply = z.infer<typeof senderRuleSchema>;
export const senderRuleListSchema = z.object({ rules: z.array(senderRuleSchema) });
export const addSenderRuleSchema = z
  .strictObject({
    mailAccountId: z.uuid().optional(),
    domain: z.string().max(253).optional(),
    verdict: z.enum(["allow", "deny"]),
    pattern: z.string().min(3).max(320),
  })
  .refine((rule) => (rule.mailAccountId === undefined) !== (rule.domain === undefined), "give an account or a domain");

/** A mail account that may not send. */
export const stoppedSenderSchema = z.object({
  tenantId: z.uuid(),
  mailAccountId: z.uuid(),
  address: z.string(),
  reason: z.enum(["rate", "reports", "by_hand"]),
  stoppedAt: instantSchema,
  /** Recipients that its waiting mail is for: held until the stop is lifted. */
  held: z.number().int(),
});
export type StoppedSenderReply = z.infer<typeof stoppedSenderSchema>;
export const stoppedSenderListSchema = z.object({ stops: z.array(stoppedSenderSchema) });
/** POST /api/mail-stops/:tenantId/:id/discard: recipients whose mail was given up. */
export const heldDiscardedSchema = z.object({ discarded: z.number().int() });
export const stopSenderSchema = z.strictObject({ tenantId: z.uuid(), mailAccountId: z.uuid() });

/** A complaint that came as a feedback report (RFC 5965). */
export const abuseCaseSchema = z.object({
  id: z.uuid(),
  receivedAt: instantSchema,
  feedbackType: z.string(),
  reporter: z.string(),
  sourceIp: z.string(),
  originalSender: z.string(),
  originalMessageId: z.string(),
  subject: z.string(),
  accused: z.object({ tenantId: z.uuid(), mailAccountId: z.uuid() }).nullable(),
  state: z.enum(["open", "closed"]),
});
export type AbuseCaseReply = z.infer<typeof abuseCaseSchema>;
export const abuseCaseListSchema = z.object({ cases: z.array(abuseCaseSchema) });
export const abuseCaseQuerySchema = z.object({ state: z.enum(["open", "closed"]).default("open") });
