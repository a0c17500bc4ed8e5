import { z } from "zod";
import { instantSchema } from "./time.ts";

/** `mbox`: one file a folder. `maildir`: what mail servers read. `eml`: a file a message. All in a ZIP. */
export const takeoutFormatSchema = z.enum(["mbox", "maildir", "eml"]);

/** GET /api/mail-takeouts: one's own, newest first. */
export const takeoutListSchema = z.object({
  takeouts: z.array(
    z.object({
      id: z.uuid(),
      format: takeoutFormatSchema,
      state: z.enum(["waiting", "running", "ready", "failed", "expired"]),
      requestedAt: instantSchema,
      /** Messages. */
      total: z.number(),
      done: z.number(),
      /** Of the archive once it is ready, of the messages so far before. */
      bytes: z.number(),
      expiresAt: instantSchema.nullable(),
      failedCode: z.string().nullable(),
    }),
  ),
});
export type TakeoutReply = z.infer<typeof takeoutListSchema>["takeouts"][number];

/** POST /api/mail-takeouts. */
export const requestTakeoutSchema = z.strictObject({ format: takeoutFormatSchema });
export const requestedTakeoutSchema = z.object({ id: z.uuid() });
