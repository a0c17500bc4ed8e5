import { z } from "zod";
import { languageSchema } from "./auth.ts";
import { instantSchema } from "./time.ts";

/** GET /api/auth/data: everything about the person who is signed in (R80). */
export const personDataQuerySchema = z.strictObject({ format: z.enum(["json", "csv"]).default("json") });
const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** As JSON. As CSV each value is a row: section, number of the record, field, value. */
export const personDataSchema = z.object({
  madeAt: instantSchema,
  sections: z.record(z.string(), z.array(z.record(z.string(), valueSchema))),
});
export type PersonData = z.infer<typeof personDataSchema>;

/** POST /api/auth/account/erasure: one's own sign-in address, typed once more (R81). */
export const eraseSelfSchema = z.strictObject({ login: z.string().max(320) });

/** PUT /api/auth/profile: one's own name and language put right (R81). */
export const changeProfileSchema = z.strictObject({ displayName: z.string().max(200), language: languageSchema });
