import { z } from "zod";
import { instantSchema } from "./time.ts";

/** One line of a report. Of DMARC: who sent, and what spoke for the domain; of TLS: what went wrong. */
export const reportRowSchema = z.object({
  count: z.number(),
  source: z.string(),
  isDkimAligned: z.boolean().nullable(),
  isSpfAligned: z.boolean().nullable(),
  disposition: z.string().nullable(),
  /** `result-type` of RFC 8460, or empty. */
  failure: z.string(),
});

export const domainReportSchema = z.object({
  id: z.uuid(),
  kind: z.enum(["dmarc", "tls"]),
  reporter: z.string(),
  from: instantSchema,
  to: instantSchema,
  passed: z.number(),
  failed: z.number(),
  rows: z.array(reportRowSchema),
});
export type DomainReportReply = z.infer<typeof domainReportSchema>;

/** GET /api/domains/:id/reports: what others report, newest first, and whether senders may be told to insist on TLS. */
export const domainReportListSchema = z.object({
  reports: z.array(domainReportSchema),
  sts: z.object({
    mode: z.enum(["testing", "enforce"]),
    /** From then on `enforce` may be chosen; null while the domain is not active. */
    enforceableFrom: instantSchema.nullable(),
    /** Sessions that failed lately by the reports. */
    recentFailures: z.number(),
  }),
});
export type DomainReportList = z.infer<typeof domainReportListSchema>;

/** PUT /api/domains/:id/sts. */
export const stsModeSchema = z.strictObject({ mode: z.enum(["testing", "enforce"]) });
