import { z } from "zod";
import { instantSchema } from "./time.ts";

/** GET /api/domains/:id/certificates: the host names of a domain that show a certificate of their own, or should. */
export const certificateListSchema = z.object({
  /** False: the provider orders none; certificates come from elsewhere. */
  isOn: z.boolean(),
  /** Where the names should lead. */
  hostname: z.string(),
  names: z.array(
    z.object({
      name: z.string(),
      /** Of the certificate in use; null: there is none. */
      endsAt: instantSchema.nullable(),
      /** What keeps it from a new one; null: nothing, or it was not looked at yet. */
      trouble: z.enum(["no_dns", "elsewhere", "dns_silent", "limit", "rate_limited", "refused", "away"]).nullable(),
      /** The certificate authority's own words; empty where it said nothing. */
      words: z.string(),
      triedAt: instantSchema.nullable(),
      /** From when on somebody may ask for a trial. */
      retryFrom: instantSchema,
    }),
  ),
});
export type CertificateListReply = z.infer<typeof certificateListSchema>;

/** POST /api/domains/:id/certificates/retries: looks at the name, and orders, now. */
export const retryCertificateSchema = z.strictObject({ name: z.string().min(3).max(253) });
