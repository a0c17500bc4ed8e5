import { z } from "zod";

/** A customer organisation as operators see it. */
export const tenantSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  state: z.enum(["active", "suspended", "departed"]),
  language: z.enum(["it", "en"]),
  country: z.string(),
  vatNumber: z.string().nullable(),
  requireTwoFactor: z.boolean(),
  createdAt: z.iso.datetime(),
});
export type TenantReply = z.infer<typeof tenantSchema>;

/** GET /api/tenants on the operator listener. */
export const tenantsQuerySchema = z.strictObject({
  search: z.string().max(200).optional(),
  cursor: z.string().max(400).optional(),
});
export const tenantsReplySchema = z.object({ tenants: z.array(tenantSchema), nextCursor: z.string().nullable() });

/** POST /api/tenants: the organisation, and an invitation for its first owner. */
export const createTenantSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  language: z.enum(["it", "en"]),
  vatNumber: z.string().trim().max(20).optional(),
  ownerEmail: z.email().max(254),
  ownerName: z.string().trim().max(200),
});
export type CreateTenant = z.infer<typeof createTenantSchema>;
