import { z } from "zod";
import { givenRoleSchema, languageSchema, operatorRoleSchema, tenantRoleSchema } from "./auth.ts";
import { instantSchema } from "./time.ts";

/** GET /api/people: the tenant's people in the console, the operators in the operator console (R74). */
export const peopleQuerySchema = z.strictObject({
  search: z.string().max(200).optional(),
  cursor: z.string().max(320).optional(),
  count: z.coerce.number().int().min(1).max(200).optional(),
});
export const personSchema = z.object({
  id: z.uuid(),
  login: z.string(),
  displayName: z.string(),
  language: languageSchema,
  role: tenantRoleSchema.nullable(),
  operatorRoles: z.array(operatorRoleSchema),
  status: z.enum(["invited", "active", "disabled"]),
  createdAt: instantSchema,
  lastSignInAt: instantSchema.nullable(),
  /** When an auditor's access ends by itself. */
  endsAt: instantSchema.nullable().optional(),
});
export type Person = z.infer<typeof personSchema>;
export const peopleReplySchema = z.object({ people: z.array(personSchema), nextCursor: z.string().nullable() });

/** POST /api/people: an invitation by mail (R75). `role` in the console, `operatorRoles` in the operator console. */
export const invitePersonSchema = z.strictObject({
  login: z.string().min(3).max(320),
  displayName: z.string().max(200),
  language: languageSchema,
  role: givenRoleSchema.optional(),
  operatorRoles: z.array(operatorRoleSchema).max(5).optional(),
});
export const personIdReplySchema = z.object({ id: z.uuid() });

/** PUT /api/people/:id/role */
export const changeRoleSchema = z.strictObject({
  role: givenRoleSchema.optional(),
  operatorRoles: z.array(operatorRoleSchema).max(5).optional(),
});
/** PUT /api/people/:id/status */
export const personStatusSchema = z.strictObject({ status: z.enum(["active", "disabled"]) });
