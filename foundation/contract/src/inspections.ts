import { z } from "zod";
import { instantSchema } from "./time.ts";

const civilDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const text = (most: number) => z.string().trim().min(1).max(most);
const wordsSchema = z.object({ it: z.string(), en: z.string() });
const moment = instantSchema;

/** POST /api/inspections: the written notice of an audit (R67, R68, R71). Days are civil dates in Rome, both included. */
export const requestInspectionSchema = z.strictObject({
  products: z
    .array(z.enum(["backup", "mail"]))
    .min(1)
    .max(2),
  scope: text(4000),
  firm: text(200),
  /** Reference and date of the non-disclosure agreement that the auditors signed. */
  nda: text(300),
  auditors: z
    .array(z.strictObject({ name: text(200), address: z.email().max(320) }))
    .min(1)
    .max(5),
  fromOn: civilDate,
  untilOn: civilDate,
  /** For a second one in twelve months. */
  grounds: z.strictObject({ kind: z.enum(["incident", "authority"]), text: text(1000) }).optional(),
  language: z.enum(["it", "en"]),
});
export const inspectionIdReplySchema = z.object({ id: z.uuid() });

/** POST /api/inspections/:id/acceptance: the cost as it was seen (R70). */
export const acceptQuoteSchema = z.strictObject({ costCents: z.int().min(0).max(100_000_000) });

export const inspectionSchema = z.object({
  id: z.uuid(),
  state: z.enum(["asked", "quoted", "accepted", "finished", "withdrawn", "refused"]),
  products: z.array(z.enum(["backup", "mail"])),
  scope: z.string(),
  firm: z.string(),
  nda: z.string(),
  grounds: z.enum(["incident", "authority"]).nullable(),
  groundsText: z.string(),
  notifiedAt: moment,
  fromOn: civilDate,
  untilOn: civilDate,
  opensAt: moment,
  closesAt: moment,
  /** Net; null before the quote. */
  costCents: z.int().nullable(),
  costText: z.string().nullable(),
  quotedAt: moment.nullable(),
  acceptedAt: moment.nullable(),
  refusal: z.string().nullable(),
  endedAt: moment.nullable(),
  auditors: z.array(z.object({ name: z.string(), address: z.string(), hasAccess: z.boolean() })),
});
export type InspectionReply = z.infer<typeof inspectionSchema>;

/** GET /api/inspections */
export const inspectionsReplySchema = z.object({
  /** The first day that a notice given now allows. */
  earliestOn: civilDate,
  /** From when each product may be audited again without grounds; null: at any time. */
  freeFrom: z.object({ backup: civilDate.nullable(), mail: civilDate.nullable() }),
  inspections: z.array(inspectionSchema),
});
export type InspectionsReply = z.infer<typeof inspectionsReplySchema>;

/** GET /api/evidence: the room and its parts. */
export const evidenceRoomReplySchema = z.object({
  organisation: z.string(),
  /** For an auditor: when the room closes, and what was agreed to be looked at. */
  closesAt: moment.nullable(),
  scope: z.string().nullable(),
  parts: z.array(z.object({ name: z.string(), title: wordsSchema, hint: wordsSchema })),
});
export type EvidenceRoomReply = z.infer<typeof evidenceRoomReplySchema>;

/** GET /api/evidence/:part: a table, in both languages. `at` is a moment. */
export const evidencePartSchema = z.object({
  name: z.string(),
  title: wordsSchema,
  hint: wordsSchema,
  readAt: moment,
  columns: z.array(wordsSchema),
  rows: z.array(
    z.array(z.union([z.string(), z.number(), z.boolean(), z.null(), z.object({ at: moment }), wordsSchema])),
  ),
});
export type EvidencePart = z.infer<typeof evidencePartSchema>;

/** GET /api/customer-audits, for operators. */
export const deskInspectionsReplySchema = z.object({
  inspections: z.array(inspectionSchema.extend({ tenantId: z.uuid(), tenantName: z.string() })),
});
export type DeskInspectionsReply = z.infer<typeof deskInspectionsReplySchema>;
/** POST /api/customer-audits/:tenantId/:id/quote: net (R70). */
export const quoteInspectionSchema = z.strictObject({ costCents: z.int().min(0).max(100_000_000), text: text(1000) });
/** POST /api/customer-audits/:tenantId/:id/refusal */
export const refuseInspectionSchema = z.strictObject({ reason: text(1000) });
