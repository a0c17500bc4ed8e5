import { z } from "zod";
import { instantSchema } from "./time.ts";

export const ticketKindSchema = z.enum(["question", "incident", "billing", "abuse"]);
export const severitySchema = z.enum(["low", "normal", "high", "urgent"]);
export const ticketStateSchema = z.enum(["open", "waiting_customer", "solved", "closed"]);

/** A ticket as its customer sees it (R16–R19). */
export const ticketSchema = z.object({
  id: z.uuid(),
  number: z.number().int(),
  kind: ticketKindSchema,
  severity: severitySchema,
  state: ticketStateSchema,
  channel: z.enum(["mail", "portal", "phone"]),
  subject: z.string(),
  concerns: z.string(),
  requesterAddress: z.string(),
  openedAt: instantSchema,
  updatedAt: instantSchema,
  reactionDueAt: instantSchema,
  reactedAt: instantSchema.nullable(),
  /** The request that it was made part of; what is said goes there. */
  mergedInto: z.object({ id: z.uuid(), number: z.number().int() }).nullable(),
});
export type TicketReply = z.infer<typeof ticketSchema>;

export const ticketFileSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  mediaType: z.string(),
  sizeBytes: z.number().int(),
});

/** One thing said. `note` only ever reaches operators. */
export const ticketEntrySchema = z.object({
  id: z.uuid(),
  author: z.enum(["customer", "operator", "note", "system"]),
  authorAddress: z.string(),
  body: z.string(),
  at: instantSchema,
  /** The number it came to, where that is another one that was merged into this. */
  fromNumber: z.number().int().nullable(),
  files: z.array(ticketFileSchema),
});

/** The incident or maintenance that a request is about. */
export const ticketNoticeSchema = z.object({
  id: z.uuid(),
  kind: z.enum(["incident", "maintenance"]),
  titleIt: z.string(),
  titleEn: z.string(),
  closedAt: instantSchema.nullable(),
});

export const ticketListSchema = z.object({ tickets: z.array(ticketSchema), nextCursor: z.string().nullable() });
export const ticketThreadSchema = z.object({
  ticket: ticketSchema,
  /** Only where it concerned this customer. */
  notice: ticketNoticeSchema.nullable(),
  /** The newest 500, oldest first. */
  entries: z.array(ticketEntrySchema),
  /** Older ones are left out. */
  hasOlder: z.boolean(),
});
export type TicketThreadReply = z.infer<typeof ticketThreadSchema>;

/** GET /api/tickets. `active` is what is open or waits for the customer. */
export const ticketQuerySchema = z.strictObject({
  state: z.enum(["active", "ended", "all"]).default("active"),
  search: z.string().max(200).optional(),
  cursor: z.string().max(100).optional(),
  count: z.coerce.number().int().min(1).max(100).default(50),
});

const fileUploadSchema = z.strictObject({
  name: z.string().min(1).max(200),
  mediaType: z.string().max(200),
  /** Base64. */
  content: z.base64(),
});
const bodyText = z.string().min(1).max(40_000);
const uploads = z.array(fileUploadSchema).max(20).optional();

/** POST /api/tickets. */
export const openTicketSchema = z.strictObject({
  kind: ticketKindSchema,
  severity: severitySchema,
  subject: z.string().min(1).max(200),
  body: bodyText,
  /** What it is about: service, device, since when. */
  concerns: z.string().max(500).optional(),
  files: uploads,
});

/** POST /api/tickets/:id/answers. */
export const answerTicketSchema = z.strictObject({ body: bodyText, files: uploads });

/** What only operators see of a ticket. */
export const operatorTicketSchema = ticketSchema.extend({
  tenantId: z.uuid(),
  tenantName: z.string(),
  /** From a stranger: to be given to a customer or answered as it is (R21). */
  isQuarantined: z.boolean(),
  /** Whether mail may reach the requester; where not, what is answered is only read here. */
  isReachable: z.boolean(),
  language: z.enum(["it", "en"]),
  assigneeId: z.uuid().nullable(),
  isOverdue: z.boolean(),
  cause: z.enum(["provider", "third_party", "customer", "improper_use"]).nullable(),
  causeText: z.string(),
  causeBy: z.uuid().nullable(),
  causeConfirmedBy: z.uuid().nullable(),
});
export type OperatorTicketReply = z.infer<typeof operatorTicketSchema>;
export const operatorTicketListSchema = z.object({
  tickets: z.array(operatorTicketSchema),
  nextCursor: z.string().nullable(),
  counts: z.object({
    open: z.number().int(),
    waiting_customer: z.number().int(),
    solved: z.number().int(),
    closed: z.number().int(),
  }),
  /** Of all open ones, those whose first answer is late. */
  overdue: z.number().int(),
});
export const operatorTicketThreadSchema = z.object({
  ticket: operatorTicketSchema,
  notice: ticketNoticeSchema.nullable(),
  entries: z.array(ticketEntrySchema),
  hasOlder: z.boolean(),
});

export const operatorTicketQuerySchema = ticketQuerySchema.extend({
  tenantId: z.uuid().optional(),
  mine: z.enum(["true", "false"]).default("false"),
});

/** POST /api/tickets on the operators' face: what somebody said on the phone (R16). */
export const phoneTicketSchema = openTicketSchema
  .omit({ files: true })
  .extend({ tenantId: z.uuid(), requesterAddress: z.email().max(320) });

/** POST …/answers on the operators' face. */
export const operatorAnswerSchema = z.strictObject({
  how: z.enum(["reply", "ask", "solve", "note"]),
  body: bodyText,
  files: uploads,
});

export const changeTicketSchema = z.strictObject({
  severity: severitySchema.optional(),
  kind: ticketKindSchema.optional(),
  /** `true` takes it, `false` lets it go. */
  mine: z.boolean().optional(),
  state: z.enum(["solved", "closed"]).optional(),
});

export const ticketCauseSchema = z.strictObject({
  cause: z.enum(["provider", "third_party", "customer", "improper_use"]),
  text: z.string().max(2_000),
});

/** POST …/give: to the customer whose it is. */
export const giveTicketSchema = z.strictObject({ tenantId: z.uuid() });

/** POST …/merge: the ticket of the same customer, or the same stranger, that becomes part of this one (O6). */
export const mergeTicketSchema = z.strictObject({ id: z.uuid() });

/** PUT …/notice: the incident or maintenance that it is about; null: none. */
export const linkNoticeSchema = z.strictObject({ noticeId: z.uuid().nullable() });

/** GET /api/desk/linked-tickets: how many requests are about each notice, and how many of them live. */
export const linkedCountsSchema = z.object({
  notices: z.array(z.object({ noticeId: z.uuid(), linked: z.number().int(), live: z.number().int() })),
});

/** GET /api/desk/linked-tickets/:noticeId: those that live, oldest first. */
export const linkedTicketsSchema = z.object({ tickets: z.array(operatorTicketSchema) });

const linkedText = z.string().trim().min(1).max(4_000);
/** POST /api/desk/linked-tickets/:noticeId/answers: one answer to each, in its language. */
export const answerLinkedSchema = z.strictObject({ textIt: linkedText, textEn: linkedText });
export const answerLinkedReplySchema = z.object({ requests: z.number().int() });
