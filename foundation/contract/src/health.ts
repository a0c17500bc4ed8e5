import { z } from "zod";

/** One thing the operator's board watches. `figures` are for the eye; `code` picks the sentence in both languages. */
export const healthCheckSchema = z.object({
  name: z.enum(["database", "jobs", "disk", "audit"]),
  subject: z.string(),
  state: z.enum(["ok", "warning", "failed"]),
  code: z.string(),
  figures: z.record(z.string(), z.number()),
});
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** GET /api/health on the operator listener (R22, R99). */
export const healthReplySchema = z.object({
  checkedAt: z.iso.datetime(),
  version: z.string(),
  startedAt: z.iso.datetime(),
  roles: z.array(z.string()),
  listeners: z.array(z.object({ name: z.string(), host: z.string(), port: z.number() })),
  checks: z.array(healthCheckSchema),
});
export type HealthReply = z.infer<typeof healthReplySchema>;
