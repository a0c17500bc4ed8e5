import { z } from "zod";
import { acceptedListSchema, billingUnitSchema, microsSchema, productSchema, skuIdSchema } from "./catalogue.ts";
import { thingNameSchema } from "./spaces.ts";
import { instantSchema } from "./time.ts";

/** The caller's name for an order; sent again with the same order it is carried out once. */
const keySchema = z.string().regex(/^[A-Za-z0-9_-]{8,100}$/);

const plan = {
  key: keySchema,
  sku: skuIdSchema,
  skuVersion: z.int().min(1),
  quantity: z.int().min(1).max(1_000_000),
  unit: billingUnitSchema,
  /** What was shown; another price now in force refuses the order. */
  priceMicros: microsSchema,
  accepted: acceptedListSchema,
};

/** POST /api/orders. For a space the site has no default: without it the answer is 422 (R31). */
export const placeOrderSchema = z.strictObject({
  ...plan,
  siteId: z.string().min(1).max(32).optional(),
  label: thingNameSchema,
  lockDays: z.int().min(1).max(365).optional(),
});
export type PlaceOrderBody = z.infer<typeof placeOrderSchema>;

/** POST /api/services/:id/changes */
export const changeServiceSchema = z.strictObject(plan);
/** POST /api/services/:id/end: mail; a space ends when it is deleted. */
export const endServiceSchema = z.strictObject({ confirmation: z.string().max(200) });

export const serviceSchema = z.object({
  id: z.uuid(),
  product: productSchema,
  sku: z.string(),
  skuVersion: z.int(),
  name: z.object({ it: z.string(), en: z.string() }),
  quantity: z.int(),
  unit: billingUnitSchema,
  siteId: z.string(),
  /** The space, or for mail the service itself. */
  subjectId: z.uuid(),
  label: z.string(),
  state: z.enum(["active", "ended"]),
  startedAt: instantSchema,
  endedAt: instantSchema.nullable(),
  /** Of one unit of quantity (for mail: of one mailbox), now and announced. */
  priceMicros: microsSchema.nullable(),
  /** Since when that price is in force. */
  priceSince: instantSchema.nullable(),
  nextPrice: z.object({ priceMicros: microsSchema, validFrom: instantSchema }).nullable(),
  /** When the started unit that is running ends: until then it is billed, whatever is deleted now (R38). */
  unitEndsAt: instantSchema,
  /** Fixed addresses given to it. */
  addresses: z.array(z.string()),
});
export type ServiceReply = z.infer<typeof serviceSchema>;
export const servicesReplySchema = z.object({ services: z.array(serviceSchema) });
