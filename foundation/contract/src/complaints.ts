import { z } from "zod";
import { instantSchema } from "./time.ts";

const text = (most: number) => z.string().trim().min(1).max(most);

/** POST /api/complaints, by anybody: illegal content (Regulation (EU) 2022/2065, art. 16 (2); R87). */
export const complainSchema = z.strictObject({
  location: text(1_000),
  reasons: text(8_000),
  isAboutChildren: z.boolean(),
  endangersLife: z.boolean(),
  isInGoodFaith: z.literal(true),
  name: text(200).optional(),
  address: z.email().max(254).optional(),
  language: z.enum(["it", "en"]),
});
export const complaintNumberSchema = z.object({ number: z.number().int() });

/** GET /api/desk/complaints. The cursor is opaque. */
export const complaintsQuerySchema = z.strictObject({
  cursor: z
    .string()
    .regex(/^(?:[0-2]\/-?\d{1,18}\/\d{1,18})?$/)
    .optional(),
});
/** `total`: all that were ever made; `open`: those to be decided. */
export const complaintsReplySchema = z.object({
  total: z.number().int(),
  open: z.number().int(),
  nextCursor: z.string().nullable(),
  complaints: z.array(
    z.object({
      id: z.uuid(),
      number: z.number().int(),
      receivedAt: instantSchema,
      location: z.string(),
      reasons: z.string(),
      isAboutChildren: z.boolean(),
      endangersLife: z.boolean(),
      name: z.string().nullable(),
      address: z.string().nullable(),
      language: z.enum(["it", "en"]),
      authorityReference: z.string().nullable(),
      authorityToldAt: instantSchema.nullable(),
      state: z.enum(["open", "upheld", "rejected"]),
      aboutTenant: z.uuid().nullable(),
      tenantName: z.string().nullable(),
      decision: z.string().nullable(),
      decidedAt: instantSchema.nullable(),
    }),
  ),
});
export type ComplaintReply = z.infer<typeof complaintsReplySchema>["complaints"][number];

/** POST /api/desk/complaints/:id/authority: told of a threat to life or safety (art. 18). */
export const authorityToldSchema = z.strictObject({ reference: text(500) });
/** POST /api/desk/complaints/:id/no-danger: a person looked, and nobody's life or safety is threatened. */
export const denyDangerSchema = z.strictObject({ reason: text(1_000) });
/** POST /api/desk/complaints/:id/decision. `upheld`: whose breach it is; the customer reads its `facts`. */
export const decideComplaintSchema = z.strictObject({
  decision: text(4_000),
  upheld: z
    .strictObject({
      tenantId: z.uuid(),
      product: z.enum(["backup", "mail"]),
      severity: z.enum(["minor", "serious", "grave"]),
      facts: text(4_000),
    })
    .nullable(),
});
