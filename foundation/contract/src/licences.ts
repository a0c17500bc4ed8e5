import { z } from "zod";
import { instantSchema } from "./time.ts";

/** GET /api/licences and /api/licences/export: a month of the last two years; absent: the running one. */
export const licencesQuerySchema = z.strictObject({
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/)
    .optional(),
});

const spanSchema = z.object({ from: instantSchema, until: instantSchema.nullable() });

/** Mail licences by day (R14): requested is what is paid for, used is what is there at the day's end. Net, unrounded. */
export const licencesReplySchema = z.object({
  month: z.string(),
  days: z.array(
    z.object({
      day: z.string(),
      requested: z.int(),
      used: z.int(),
      microsSoFar: z.int(),
    }),
  ),
  /** In order of address; null: a mailbox that is gone for good. */
  accounts: z.array(
    z.object({
      id: z.uuid(),
      address: z.string().nullable(),
      lived: z.array(spanSchema),
      paid: z.array(spanSchema),
      micros: z.int(),
    }),
  ),
});
export type LicencesReply = z.infer<typeof licencesReplySchema>;
