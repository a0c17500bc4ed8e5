import { z } from "zod";
import { operatorRoleSchema } from "./auth.ts";
import { apiTokenSchema, createApiTokenSchema } from "./tokens.ts";

/** What an operator's token may be given: subjects of the operators' console, each to be read or to be changed, too (R78). */
export const operatorTokenScopes = [
  "customers:read",
  "customers:write",
  "tickets:read",
  "tickets:write",
  "notices:read",
  "notices:write",
  "measures:read",
  "measures:write",
  "inspections:read",
  "inspections:write",
  "catalogue:read",
  "catalogue:write",
  "billing:read",
  "billing:write",
  "inventory:read",
  "inventory:write",
  "mail:read",
  "mail:write",
  "operation:read",
  "operation:write",
] as const;
export const operatorTokenScopeSchema = z.enum(operatorTokenScopes);
export type OperatorTokenScope = z.infer<typeof operatorTokenScopeSchema>;

/** An operator's token as the operators' console shows it. */
export const operatorTokenSchema = apiTokenSchema.omit({ spaceIds: true, domainIds: true }).extend({
  /** Who made it: it can never do more than that operator may, and ends with them. */
  owner: z.object({ id: z.uuid(), login: z.string(), operatorRoles: z.array(operatorRoleSchema) }),
  scopes: z.array(operatorTokenScopeSchema),
});
export type OperatorToken = z.infer<typeof operatorTokenSchema>;

/** GET /api/desk/tokens: one's own; security operators see everybody's. `grantable`: what one's own roles could give. */
export const operatorTokensReplySchema = z.object({
  tokens: z.array(operatorTokenSchema),
  grantable: z.array(operatorTokenScopeSchema),
});

/** POST /api/desk/tokens: as for a customer's token, without objects. */
export const createOperatorTokenSchema = createApiTokenSchema.omit({ spaceIds: true, domainIds: true }).extend({
  scopes: z.array(operatorTokenScopeSchema).min(1).max(operatorTokenScopes.length),
});
