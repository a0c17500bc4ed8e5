import { z } from "zod";
import { instantSchema } from "./time.ts";

/** GET /api/applied: each thing with what was ordered and what the data plane says it does, read now (R4). */
export const appliedReplySchema = z.object({
  readAt: instantSchema,
  objects: z.array(
    z.object({
      plane: z.string(),
      /** The space; the mailbox. */
      id: z.uuid(),
      label: z.string(),
      attributes: z.array(
        z.object({
          /**
           * `quotaBytes`, `bandwidthBytesPerSecond`, `replica`, `site`, `addresses`; of mail `signInAddress`, `programs`
           * (`imap,smtp`), `signIn` (`on`, `off`), `licence` (`running`, `ended`).
           */
          name: z.string(),
          ordered: z.string().nullable(),
          applied: z.string().nullable(),
          /** `unknown`: the plane did not answer. */
          state: z.enum(["applied", "differs", "unknown"]),
        }),
      ),
    }),
  ),
});
export type AppliedReply = z.infer<typeof appliedReplySchema>;

/** GET /api/drifts, for operators: what is not as it was ordered, and planes that did not answer (R100). */
export const driftsReplySchema = z.object({
  drifts: z.array(
    z.object({
      tenantId: z.uuid(),
      tenantName: z.string(),
      plane: z.string(),
      objectId: z.uuid(),
      attribute: z.string(),
      label: z.string(),
      desired: z.string().nullable(),
      actual: z.string().nullable(),
      foundAt: instantSchema,
      tries: z.number().int(),
      nextAt: instantSchema,
      trouble: z.string().nullable(),
      settledAt: instantSchema.nullable(),
    }),
  ),
  silent: z.array(
    z.object({
      tenantId: z.uuid(),
      tenantName: z.string(),
      plane: z.string(),
      at: instantSchema,
      trouble: z.string(),
    }),
  ),
});
export type DriftsReply = z.infer<typeof driftsReplySchema>;

/** POST /api/drifts/:tenantId/retry: that customer's drifts are tried again now. */
export const driftIdSchema = z.strictObject({ tenantId: z.uuid() });
