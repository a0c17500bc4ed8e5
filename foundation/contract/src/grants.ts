import { z } from "zod";
import { instantSchema } from "./time.ts";

const moment = instantSchema;
export const grantScopeSchema = z.enum(["read", "act"]);
export type GrantScope = z.infer<typeof grantScopeSchema>;

export const grantLimits = { hoursMax: 72, reasonCharsMax: 2_000 } as const;

/** An operator's leave to work in a customer's console for a while (R90). */
export const grantSchema = z.object({
  id: z.uuid(),
  ticketId: z.uuid(),
  operatorName: z.string(),
  reason: z.string(),
  askedScope: grantScopeSchema,
  askedHours: z.number().int(),
  askedAt: moment,
  state: z.enum(["asked", "granted", "refused", "lapsed", "ended"]),
  /** What the customer gave; null until then. */
  scope: grantScopeSchema.nullable(),
  until: moment.nullable(),
  endedAt: moment.nullable(),
  endReason: z.enum(["revoked", "returned", "expired"]).nullable(),
});
export type Grant = z.infer<typeof grantSchema>;

/** GET /api/support-access */
export const grantsReplySchema = z.object({ grants: z.array(grantSchema) });
/** POST /api/support-access/:id/grant, by an owner or administrator who has just proved who they are. */
export const giveGrantSchema = z.strictObject({
  scope: grantScopeSchema,
  hours: z.number().int().min(1).max(grantLimits.hoursMax),
});
/** POST /api/support-access/entry: the link's code for a session in the console. */
export const enterGrantSchema = z.strictObject({ code: z.string().min(20).max(64) });

/** GET /api/desk/grants: what waits or is in force first, then the newest; of one ticket when it is named. */
export const deskGrantsQuerySchema = z.strictObject({ ticketId: z.uuid().optional() });
export const deskGrantsReplySchema = z.object({
  grants: z.array(grantSchema.extend({ tenantId: z.uuid(), tenantName: z.string(), isOwn: z.boolean() })),
});
export type DeskGrants = z.infer<typeof deskGrantsReplySchema>;
/** POST /api/desk/grants */
export const askGrantSchema = z.strictObject({
  tenantId: z.uuid(),
  ticketId: z.uuid(),
  scope: grantScopeSchema,
  hours: z.number().int().min(1).max(grantLimits.hoursMax),
  reason: z.string().trim().min(1).max(grantLimits.reasonCharsMax),
});
export const askedGrantSchema = z.object({ id: z.uuid() });
/** POST /api/desk/grants/:tenantId/:id/entry: a link that opens the customer's console once, within a minute. */
export const grantEntrySchema = z.object({ url: z.string() });
