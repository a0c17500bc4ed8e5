import { z } from "zod";
import { instantSchema } from "./time.ts";

const kind = z.enum(["production", "emergency", "preservation"]);
const scope = z.strictObject({
  parts: z.array(z.enum(["settings", "mail"])).max(2),
  mailAccounts: z.array(z.string().trim().min(3).max(320)).min(1).max(200).optional(),
  from: instantSchema.optional(),
  until: instantSchema.optional(),
});

/** GET /api/legal-requests, for the legal role alone: each reading is noted (R58). */
export const legalRequestSchema = z.object({
  id: z.uuid(),
  number: z.int(),
  kind,
  authority: z.string(),
  act: z.string(),
  legalBasis: z.string(),
  tenantId: z.uuid(),
  tenantName: z.string(),
  scope,
  receivedAt: instantSchema,
  deadlineAt: instantSchema,
  gag: z.boolean(),
  gagUntil: instantSchema.nullable(),
  state: z.enum(["registered", "approved", "refused", "delivered", "closed"]),
  /** The person asking registered it: another decides. */
  isOwn: z.boolean(),
  reason: z.string().nullable(),
  deliveredAt: instantSchema.nullable(),
  deliveredBytes: z.number().nullable(),
  deliveredSha256: z.string().nullable(),
  toldAt: instantSchema.nullable(),
});
export type LegalRequestReply = z.infer<typeof legalRequestSchema>;
export const legalRequestsReplySchema = z.object({ requests: z.array(legalRequestSchema) });

/** GET /api/legal-requests/:id/looks */
export const looksReplySchema = z.object({
  looks: z.array(z.object({ at: instantSchema, by: z.uuid(), what: z.enum(["list", "request", "delivery"]) })),
});

/** POST /api/legal-requests */
export const registerLegalRequestSchema = z.strictObject({
  kind,
  authority: z.string().trim().min(1).max(200),
  act: z.string().trim().min(1).max(200),
  legalBasis: z.string().trim().min(1).max(500),
  tenantId: z.uuid(),
  scope,
  receivedAt: instantSchema,
  deadlineAt: instantSchema.optional(),
  gag: z.boolean(),
  gagUntil: instantSchema.optional(),
});
export const legalIdReplySchema = z.object({ id: z.uuid() });
/** POST /api/legal-requests/:id/decision */
export const decideLegalRequestSchema = z.strictObject({
  decision: z.enum(["approve", "refuse"]),
  reason: z.string().trim().min(1).max(2000).optional(),
});

/** GET /api/legal-holds (R92). */
export const holdsReplySchema = z.object({
  holds: z.array(
    z.object({
      id: z.uuid(),
      tenantId: z.uuid(),
      tenantName: z.string(),
      reason: z.string(),
      placedAt: instantSchema,
      liftAskedAt: instantSchema.nullable(),
      /** The person asking now asked for lifting: another does it. */
      liftAskedByMe: z.boolean(),
      liftedAt: instantSchema.nullable(),
    }),
  ),
});
export type HoldsReply = z.infer<typeof holdsReplySchema>;
/** POST /api/legal-holds */
export const placeHoldSchema = z.strictObject({ tenantId: z.uuid(), reason: z.string().trim().min(1).max(500) });
/** POST /api/legal-holds/:id/lift: the first asks, the second lifts, or either keeps it. */
export const liftHoldSchema = z.strictObject({ decision: z.enum(["lift", "keep"]) });

const incidentText = (most: number) => z.string().trim().min(1).max(most);
const draftSchema = z.object({ subject: z.string(), text: z.string() });
/** GET /api/security-incidents: breaches and significant incidents with their clocks (R84, R85). */
export const incidentSchema = z.object({
  id: z.uuid(),
  number: z.int(),
  isBreach: z.boolean(),
  isSignificant: z.boolean(),
  title: z.string(),
  facts: z.string(),
  persons: z.string(),
  remedies: z.string(),
  awareAt: instantSchema,
  closedAt: instantSchema.nullable(),
  customers: z.array(z.object({ tenantId: z.uuid(), tenantName: z.string(), toldAt: instantSchema.nullable() })),
  steps: z.array(
    z.object({
      step: z.enum(["customers", "authority", "early_warning", "notification", "final_report"]),
      dueAt: instantSchema,
      doneAt: instantSchema.nullable(),
      reference: z.string().nullable(),
      standing: z.enum(["done", "waiting", "soon", "late"]),
      draft: z.object({ it: draftSchema, en: draftSchema }),
    }),
  ),
});
export type IncidentReply = z.infer<typeof incidentSchema>;
export const incidentsReplySchema = z.object({ incidents: z.array(incidentSchema) });
/** POST /api/security-incidents */
export const registerIncidentSchema = z.strictObject({
  isBreach: z.boolean(),
  isSignificant: z.boolean(),
  title: incidentText(200),
  facts: incidentText(4000),
  persons: incidentText(1000),
  remedies: incidentText(2000),
  awareAt: instantSchema,
  tenantIds: z.array(z.uuid()).max(500),
});
/** POST /api/security-incidents/:id/steps: done outside; the authority's number, or what else proves it. */
export const fulfilStepSchema = z.strictObject({
  step: z.enum(["customers", "authority", "early_warning", "notification", "final_report"]),
  reference: incidentText(500),
});
/** POST /api/security-incidents/:id/concerned: customers found to be concerned later. */
export const addConcernedSchema = z.strictObject({ tenantIds: z.array(z.uuid()).min(1).max(500) });

const wordsSchema = z.object({ it: z.string(), en: z.string() });
/** GET /api/retention: what is kept for how long and why, which job ends it, and what outlived its time (R104). */
export const retentionReplySchema = z.object({
  classes: z.array(
    z.object({
      name: z.string(),
      what: wordsSchema,
      why: wordsSchema,
      kept: wordsSchema,
      job: z.string().nullable(),
      /** Whether age alone tells that a row should be gone. */
      isCounted: z.boolean(),
      checkedAt: instantSchema.nullable(),
      overdue: z.number().int().nullable(),
      /** Customers under a legal hold, not counted. */
      held: z.number().int(),
    }),
  ),
});
export type RetentionReply = z.infer<typeof retentionReplySchema>;
