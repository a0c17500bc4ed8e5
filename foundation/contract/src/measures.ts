import { z } from "zod";
import { instantSchema } from "./time.ts";

export const natureSchema = z.enum([
  "unsolicited_mail",
  "malicious_content",
  "unlawful_at_site",
  "overload",
  "nonpayment",
  "compromised_account",
  "authority_order",
]);
export const measureSeveritySchema = z.enum(["minor", "serious", "grave"]);
export const measureLevelSchema = z.enum(["warning", "restriction", "limitation", "suspension"]);
export const capabilitySchema = z.enum([
  "backup.new",
  "backup.upload",
  "backup.manage",
  "mail.new",
  "mail.send",
  "mail.manage",
  "mail.programs",
]);
const productSchema = z.enum(["backup", "mail"]);
const measureStateSchema = z.enum(["announced", "in_force", "expired", "lifted", "overturned"]);
const time = instantSchema;

/** An objection of the customer to a measure (R66). */
export const appealSchema = z.object({
  id: z.uuid(),
  measureId: z.uuid(),
  body: z.string(),
  filedAt: time,
  dueAt: time,
  state: z.enum(["open", "upheld", "rejected"]),
  decision: z.string(),
  decidedAt: time.nullable(),
});
export type AppealReply = z.infer<typeof appealSchema>;

/** A measure as its customer sees it (R64–R66). */
export const measureSchema = z.object({
  id: z.uuid(),
  level: measureLevelSchema,
  capabilities: z.array(capabilitySchema),
  recurrence: z.number().int(),
  state: measureStateSchema,
  statement: z.string(),
  imposedAt: time,
  startsAt: time,
  endsAt: time.nullable(),
  appealUntil: time,
  endedAt: time.nullable(),
  endReason: z.string(),
  appeal: appealSchema.nullable(),
});
export type MeasureReply = z.infer<typeof measureSchema>;

/** GET /api/measures: what was decided about this customer, newest first, and what is switched off now. */
export const measuresReplySchema = z.object({ measures: z.array(measureSchema), off: z.array(capabilitySchema) });
export type MeasuresReply = z.infer<typeof measuresReplySchema>;

/** POST /api/measures/:id/appeal */
export const fileAppealSchema = z.strictObject({ body: z.string().trim().min(1).max(10_000) });

export const violationSchema = z.object({
  tenantId: z.uuid(),
  tenantName: z.string(),
  id: z.uuid(),
  nature: natureSchema,
  severity: measureSeveritySchema,
  product: productSchema,
  occurredAt: time,
  notedAt: time,
  facts: z.string(),
  clause: z.string(),
  evidence: z.string(),
  source: z.enum(["operator", "sender_stop", "dunning"]),
  authorityReference: z.string(),
  isSilent: z.boolean(),
  state: z.enum(["suggested", "confirmed", "dismissed"]),
  /** Waits for a second person. */
  isAsked: z.boolean(),
});
export type ViolationReply = z.infer<typeof violationSchema>;

/** A measure as operators see it. */
export const operatorMeasureSchema = measureSchema
  .omit({ appeal: true })
  .extend({ tenantId: z.uuid(), tenantName: z.string(), isSilent: z.boolean(), told: z.number().int() });
export type OperatorMeasureReply = z.infer<typeof operatorMeasureSchema>;
export const operatorAppealSchema = appealSchema.extend({ tenantId: z.uuid(), tenantName: z.string() });
export type OperatorAppealReply = z.infer<typeof operatorAppealSchema>;

/** GET /api/enforcement, for operators: what waits for a decision, measures that live, appeals. */
export const enforcementReplySchema = z.object({
  violations: z.array(violationSchema),
  measures: z.array(operatorMeasureSchema),
  appeals: z.array(operatorAppealSchema),
});
export type EnforcementReply = z.infer<typeof enforcementReplySchema>;
export const enforcementQuerySchema = z.strictObject({ all: z.stringbool().default(false) });

/** POST /api/enforcement/violations */
export const noteViolationSchema = z.strictObject({
  tenantId: z.uuid(),
  nature: natureSchema,
  severity: measureSeveritySchema,
  product: productSchema,
  occurredAt: time,
  facts: z.string().trim().min(1).max(4_000),
  clause: z.string().trim().max(500),
  evidence: z.string().trim().max(1_000).default(""),
  authorityReference: z.string().trim().max(200).default(""),
  isSilent: z.boolean().default(false),
});
export const violationIdReplySchema = z.object({ id: z.uuid() });

/** GET /api/enforcement/verdict: what the table makes of it. */
export const verdictQuerySchema = z.strictObject({
  tenantId: z.uuid(),
  nature: natureSchema,
  severity: measureSeveritySchema,
  product: productSchema,
  occurredAt: time,
});
export const verdictReplySchema = z.object({
  level: measureLevelSchema,
  capabilities: z.array(capabilitySchema),
  recurrence: z.number().int(),
  noticeMs: z.number(),
  durationMs: z.number().nullable(),
  needsSecondPerson: z.boolean(),
});
export type VerdictReply = z.infer<typeof verdictReplySchema>;

/** POST /api/enforcement/violations/:tenantId/:id/impose */
export const imposeSchema = z.strictObject({
  severity: measureSeveritySchema,
  facts: z.string().trim().min(1).max(4_000),
  clause: z.string().trim().max(500),
});
/** Either is set: done, or a second person was asked. */
export const imposedReplySchema = z.object({ measureId: z.uuid().nullable(), approvalId: z.uuid().nullable() });

/** Dismissing a violation and lifting a measure. */
export const measureReasonSchema = z.strictObject({ reason: z.string().trim().min(1).max(1_000) });

/** POST /api/enforcement/appeals/:tenantId/:id/decision */
export const appealDecisionSchema = z.strictObject({
  outcome: z.enum(["upheld", "rejected"]),
  text: z.string().trim().min(1).max(4_000),
});
