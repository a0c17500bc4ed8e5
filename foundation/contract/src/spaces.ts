import { z } from "zod";
import { instantSchema } from "./time.ts";

const bytes = z.int().min(0);
const gibibyte = 1024 ** 3;

/** One line that a person gives to a thing: no control characters, no blanks at the ends. */
export const thingNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\x00-\x1f\x7f]*$/, "one line of text");

/** GET /api/sites: the datacentres a customer may choose among (R31). */
export const siteSchema = z.object({
  id: z.string(),
  name: z.string(),
  country: z.string(),
  jurisdiction: z.object({ it: z.string(), en: z.string() }),
  /** False when the site takes no new spaces for lack of capacity (R8). */
  open: z.boolean(),
  /** What can still be sold there; null when the provider states no capacity. */
  availableBytes: bytes.nullable(),
});
export const sitesReplySchema = z.object({ sites: z.array(siteSchema) });
export type Site = z.infer<typeof siteSchema>;

/** `second_location`: a second copy at another location of the same site. */
export const replicaPlanSchema = z.enum(["none", "second_location"]);

export const spaceSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  siteId: z.string(),
  quotaBytes: bytes,
  usedBytes: bytes,
  /** Of uploads that are not committed yet; they count against the quota. */
  pendingBytes: bytes,
  bandwidthBytesPerSecond: bytes.nullable(),
  /** Copies that the provider keeps besides the first (R28). */
  replicaPlan: replicaPlanSchema,
  /** How many days nobody can delete a restore point. */
  lockDays: z.int(),
  state: z.enum(["active", "suspended"]),
  /** The warning that use has reached (R95). */
  threshold: z.union([z.literal(0), z.literal(80), z.literal(90), z.literal(95)]),
  createdAt: instantSchema,
});
export type Space = z.infer<typeof spaceSchema>;
export const spacesReplySchema = z.object({ spaces: z.array(spaceSchema) });

/** POST /api/spaces. The site has no default: without it the answer is 422 (R31). */
export const createSpaceSchema = z.strictObject({
  siteId: z.string().min(1).max(32),
  name: thingNameSchema,
  quotaBytes: z
    .int()
    .min(gibibyte)
    .max(1024 ** 5),
  lockDays: z.int().min(1).max(365).default(14),
});
export type CreateSpace = z.infer<typeof createSpaceSchema>;

/** PATCH /api/spaces/:id. Fewer lock days count for new points only. */
export const changeSpaceSchema = z
  .strictObject({
    name: thingNameSchema.optional(),
    quotaBytes: z
      .int()
      .min(gibibyte)
      .max(1024 ** 5)
      .optional(),
    lockDays: z.int().min(1).max(365).optional(),
  })
  .refine((value) => Object.keys(value).length > 0, { error: "name something to change" });
export type ChangeSpace = z.infer<typeof changeSpaceSchema>;

/** DELETE /api/spaces/:id: the name typed once more. */
export const deleteSpaceSchema = z.strictObject({ confirmation: z.string().max(200) });
