import { z } from "zod";
import { instantSchema } from "./time.ts";

const filter = {
  /** A whole action or its first parts: `identity` finds `identity.signed_in`. */
  action: z.string().max(100).optional(),
  actorId: z.string().max(100).optional(),
  objectKind: z.string().max(60).optional(),
  objectId: z.string().max(200).optional(),
  from: instantSchema.optional(),
  until: instantSchema.optional(),
  /** Operators only: whose log; the provider's own when absent. */
  tenantId: z.uuid().optional(),
};

/** GET /api/audit: newest first, a page at a time (R89). */
export const auditQuerySchema = z.strictObject({
  ...filter,
  cursor: z.uuid().optional(),
  count: z.coerce.number().int().min(1).max(500).optional(),
});
/** GET /api/audit/export: the selection as a file; `chain` is the whole log with its hashes, whatever is selected. */
export const auditExportQuerySchema = z.strictObject({ ...filter, format: z.enum(["csv", "json", "chain"]) });

export const auditEntrySchema = z.object({
  id: z.uuid(),
  at: instantSchema,
  actorKind: z.enum(["user", "operator", "mail_account", "device", "visitor", "system"]),
  actorId: z.string().nullable(),
  actorRoles: z.array(z.string()),
  actorIp: z.string().nullable(),
  action: z.string(),
  objectKind: z.string(),
  objectId: z.string(),
  details: z.record(z.string(), z.unknown()),
});
export type AuditEntryReply = z.infer<typeof auditEntrySchema>;
export const auditReplySchema = z.object({ entries: z.array(auditEntrySchema), nextCursor: z.uuid().nullable() });

/** GET /api/audit/verification: recomputes the chain now. An empty list of findings means nothing was changed. */
export const auditVerificationReplySchema = z.object({
  chained: z.int(),
  findings: z.array(z.object({ entryId: z.string(), seq: z.int().nullable(), fault: z.string() })),
});
