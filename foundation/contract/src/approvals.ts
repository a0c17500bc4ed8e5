import { z } from "zod";
import { instantSchema } from "./time.ts";

/** GET /api/approvals, for operators: what waits for a second person and what was decided (R91). */
export const approvalSchema = z.object({
  id: z.uuid(),
  kind: z.string(),
  subject: z.string(),
  payload: z.record(z.string(), z.unknown()),
  state: z.enum(["pending", "approved", "refused", "withdrawn"]),
  requestedBy: z.uuid(),
  /** The person asking now asked for it: only withdrawing is left. */
  isOwn: z.boolean(),
  /** The person asking now could approve it: another's, of their roles, and not expired. */
  mayApprove: z.boolean(),
  requestedAt: instantSchema,
  expiresAt: instantSchema,
  decidedBy: z.uuid().nullable(),
  decidedAt: instantSchema.nullable(),
  reason: z.string().nullable(),
});
export type ApprovalReply = z.infer<typeof approvalSchema>;
export const approvalsReplySchema = z.object({ approvals: z.array(approvalSchema) });

/** POST /api/approvals/:id/decision */
export const decideApprovalSchema = z.strictObject({
  decision: z.enum(["approve", "refuse", "withdraw"]),
  reason: z.string().trim().max(1000).optional(),
});
export const decisionReplySchema = z.object({ state: z.enum(["approved", "refused", "withdrawn"]) });
/** What a request for something that needs a second person answers: 202. */
export const approvalIdReplySchema = z.object({ approvalId: z.uuid() });
