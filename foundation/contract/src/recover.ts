import { z } from "zod";
import { instantSchema } from "./time.ts";

/**
 * GET /api/deleted-messages (webmail, one's own) and /api/mail-accounts/:id/deleted-messages (console): what was deleted
 * for good and can still be brought back, latest first, a page at a time.
 */
export const deletedMessagesQuerySchema = z.object({
  /** Part of a subject, sender or recipient. */
  search: z.string().max(200).optional(),
  after: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(100).optional(),
});
export const deletedMessagesSchema = z.object({
  messages: z.array(
    z.object({
      id: z.uuid(),
      subject: z.string(),
      sender: z.string(),
      /** What the message says of itself. */
      sentAt: instantSchema.nullable(),
      /** To the hour; null: a moment ago. */
      deletedAt: instantSchema.nullable(),
      sizeBytes: z.number().int(),
      hasAttachment: z.boolean(),
      /** The folder it goes back to; null: the inbox. */
      folder: z.string().nullable(),
    }),
  ),
  next: z.string().nullable(),
  /** How many days after its deletion a message is gone for good. */
  days: z.number().int(),
});
export type DeletedMessagesReply = z.infer<typeof deletedMessagesSchema>;

/** POST …/restore. What came back already, or is gone for good, is not counted. */
export const recoverMessagesSchema = z.strictObject({ ids: z.array(z.uuid()).min(1).max(100) });
export const recoveredMessagesSchema = z.object({ recovered: z.number().int() });
