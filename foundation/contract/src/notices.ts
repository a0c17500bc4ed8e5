import { z } from "zod";
import { instantSchema } from "./time.ts";

const time = instantSchema;
export const noticeServiceSchema = z.enum(["backup", "mail", "console"]);
export const noticeSeveritySchema = z.enum(["minor", "major", "critical"]);
export const noticeStateSchema = z.enum([
  "investigating",
  "identified",
  "monitoring",
  "resolved",
  "planned",
  "started",
  "ended",
  "cancelled",
]);
export const noticeUpdateSchema = z.object({
  state: noticeStateSchema,
  isReport: z.boolean(),
  textIt: z.string(),
  textEn: z.string(),
  at: time,
});

/** What anybody may know of an incident or maintenance (R29). */
export const noticeSchema = z.object({
  id: z.uuid(),
  kind: z.enum(["incident", "maintenance"]),
  severity: noticeSeveritySchema,
  state: noticeStateSchema,
  services: z.array(noticeServiceSchema),
  siteId: z.string().nullable(),
  titleIt: z.string(),
  titleEn: z.string(),
  plannedFrom: time.nullable(),
  plannedUntil: time.nullable(),
  openedAt: time,
  closedAt: time.nullable(),
  updates: z.array(noticeUpdateSchema),
});
export type NoticeReply = z.infer<typeof noticeSchema>;

const partStateSchema = z.enum(["working", "maintenance", "degraded", "down"]);
/** GET /status.json, for anybody. `days`: the last ninety, today last. */
export const publicStatusSchema = z.object({
  at: time,
  isFresh: z.boolean(),
  parts: z.array(
    z.object({
      service: noticeServiceSchema,
      siteId: z.string().nullable(),
      siteName: z.string().nullable(),
      state: partStateSchema,
      days: z.array(partStateSchema),
      /** What was measured in the same days, or since the first of the installation (R9): no promise. */
      measured: z.object({ since: time, interruptedSeconds: z.number().int(), availablePercent: z.number() }),
    }),
  ),
  notices: z.array(noticeSchema),
});
export type PublicStatus = z.infer<typeof publicStatusSchema>;

/** POST /api/status/subscriptions: the answer is the same whoever is known. Without `part`: everything. */
export const subscribeSchema = z.strictObject({
  address: z.email().max(254),
  language: z.enum(["it", "en"]),
  part: z.strictObject({ service: noticeServiceSchema, siteId: z.string().min(1).max(50).nullable() }).optional(),
});

/** `technical`: incidents, maintenance and warnings; `security`, `legal` and `billing`: beside owners and administrators. */
export const contactPurposeSchema = z.enum(["incidents", "technical", "billing", "security", "legal"]);
export const contactSchema = z.object({
  id: z.uuid(),
  purpose: contactPurposeSchema,
  address: z.string(),
  language: z.enum(["it", "en"]),
  askedAt: time,
  confirmedAt: time.nullable(),
  /** When mail to it came back for good, and what the other side said: nothing is sent there until it is confirmed again. */
  bouncedAt: time.nullable(),
  bounceReply: z.string().nullable(),
});
export type ContactReply = z.infer<typeof contactSchema>;

/** GET /api/notices: what concerned this customer, newest first. */
export const ownNoticesReplySchema = z.object({ notices: z.array(noticeSchema) });
/** GET and POST /api/notices/calendar: where calendar programs fetch this customer's maintenance (RFC 5545); null: nowhere. */
export const calendarReplySchema = z.object({ url: z.url().nullable(), madeAt: time.nullable() });
export type CalendarReply = z.infer<typeof calendarReplySchema>;
/** GET /api/contacts (R102). */
export const contactsReplySchema = z.object({ contacts: z.array(contactSchema) });
export const addContactSchema = z.strictObject({
  purpose: contactPurposeSchema,
  address: z.email().max(254),
  language: z.enum(["it", "en"]),
});

/** GET /api/desk/notices, for operators. */
export const deskNoticeSchema = noticeSchema.extend({
  hostId: z.uuid().nullable(),
  /** Customers it was found to concern. */
  affected: z.number().int(),
});
export type DeskNoticeReply = z.infer<typeof deskNoticeSchema>;
export const faultSchema = z.object({
  id: z.uuid(),
  check: z.string(),
  service: noticeServiceSchema,
  siteId: z.string().nullable(),
  detectedAt: time,
  acknowledgedAt: time.nullable(),
  startedAt: time.nullable(),
  replacedAt: time.nullable(),
  closedAt: time.nullable(),
  noticeId: z.uuid().nullable(),
});
export type FaultReply = z.infer<typeof faultSchema>;
const timesSchema = z.object({ medianSeconds: z.number().int(), longestSeconds: z.number().int() }).nullable();
/** Of the faults of one severity in the last twelve months; each time counts from when the fault was noticed (R23). */
export const severityTimesSchema = z.object({
  /** Null: over before its usual duration, so nobody was told. */
  severity: z.enum(["minor", "major", "critical"]).nullable(),
  count: z.number().int(),
  open: z.number().int(),
  acknowledged: timesSchema,
  told: timesSchema,
  /** Until work on it began. */
  started: timesSchema,
  /** Until the faulty part was replaced. */
  replaced: timesSchema,
  closed: timesSchema,
});
export type SeverityTimesReply = z.infer<typeof severityTimesSchema>;
export const deskNoticesReplySchema = z.object({
  notices: z.array(deskNoticeSchema),
  faults: z.array(faultSchema),
  times: z.array(severityTimesSchema),
});

const text = z.string().trim().min(1).max(4_000);
const title = z.string().trim().min(1).max(200);
const plannedSchema = z.strictObject({ from: time, until: time });
const scopeSchema = {
  services: z.array(noticeServiceSchema).min(1).max(3),
  siteId: z.string().max(50).nullable(),
  hostId: z.uuid().nullable(),
};
/** POST /api/desk/notices/preview: whom it would concern, and with what is written so far the mails that would go out. */
export const previewNoticeSchema = z.strictObject({
  ...scopeSchema,
  draft: z
    .strictObject({
      kind: z.enum(["incident", "maintenance"]),
      titleIt: z.string().max(200),
      titleEn: z.string().max(200),
      textIt: z.string().max(4_000),
      textEn: z.string().max(4_000),
      planned: plannedSchema.nullable(),
    })
    .optional(),
});
const noticeMailSchema = z.object({ subject: z.string(), text: z.string() });
export const affectedReplySchema = z.object({
  tenants: z.array(z.object({ id: z.uuid(), name: z.string() })),
  mails: z.object({ it: noticeMailSchema, en: noticeMailSchema }).optional(),
});
/** POST /api/desk/notices */
export const openNoticeSchema = z.strictObject({
  ...scopeSchema,
  kind: z.enum(["incident", "maintenance"]),
  severity: noticeSeveritySchema,
  titleIt: title,
  titleEn: title,
  textIt: text,
  textEn: text,
  planned: plannedSchema.nullable(),
});
export const noticeIdReplySchema = z.object({ id: z.uuid() });
/** POST /api/desk/notices/:id/updates */
export const updateNoticeSchema = z.strictObject({
  state: noticeStateSchema,
  isReport: z.boolean().default(false),
  /** Maintenance that cannot wait until its two days' notice is over (R25). */
  isEmergency: z.boolean().default(false),
  textIt: text,
  textEn: text,
  severity: noticeSeveritySchema.optional(),
  planned: plannedSchema.optional(),
});
