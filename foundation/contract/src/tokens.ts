import { z } from "zod";
import { tenantRoleSchema } from "./auth.ts";
import { instantSchema } from "./time.ts";

/** What a token may be given: subjects of the console, each to be read or to be changed, too (R78). */
export const tokenScopes = [
  "backup:read",
  "backup:write",
  "mail:read",
  "mail:write",
  "orders:read",
  "orders:write",
  "billing:read",
  "billing:write",
  "support:read",
  "support:write",
  "people:read",
  "evidence:read",
  "programs:read",
  "programs:write",
] as const;
export const tokenScopeSchema = z.enum(tokenScopes);
export type TokenScope = z.infer<typeof tokenScopeSchema>;

export const tokenLimits = {
  /** A token ends within a year and a day, whatever is asked. */
  lifeDaysMax: 366,
  objectsMax: 50,
  networksMax: 20,
  nameCharsMax: 100,
} as const;

const moment = instantSchema;

/** A token as the console shows it; the secret itself is stored nowhere. */
export const apiTokenSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  /** How its secret begins, to recognise it by. */
  hint: z.string(),
  /** Who made it: it can never do more than that person may, and ends with them. */
  owner: z.object({ id: z.uuid(), login: z.string(), role: tenantRoleSchema }),
  isOwn: z.boolean(),
  scopes: z.array(tokenScopeSchema),
  /** The only spaces and domains that it reaches; both empty: all. */
  spaceIds: z.array(z.uuid()),
  domainIds: z.array(z.uuid()),
  /** Addresses or networks that it is accepted from; empty: anywhere. */
  networks: z.array(z.string()),
  createdAt: moment,
  expiresAt: moment,
  lastUsedAt: moment.nullable(),
  lastUsedIp: z.string().nullable(),
});
export type ApiToken = z.infer<typeof apiTokenSchema>;

/** GET /api/tokens: one's own; owners and administrators see everybody's. `grantable`: what one's own role could give. */
export const apiTokensReplySchema = z.object({
  tokens: z.array(apiTokenSchema),
  grantable: z.array(tokenScopeSchema),
});
export type ApiTokensReply = z.infer<typeof apiTokensReplySchema>;

/** POST /api/tokens: by a person who has just proved who they are, with a second factor. `code` is the authenticator's. */
export const createApiTokenSchema = z.strictObject({
  name: z.string().trim().min(1).max(tokenLimits.nameCharsMax),
  scopes: z.array(tokenScopeSchema).min(1).max(tokenScopes.length),
  spaceIds: z.array(z.uuid()).max(tokenLimits.objectsMax).default([]),
  domainIds: z.array(z.uuid()).max(tokenLimits.objectsMax).default([]),
  networks: z.array(z.string().trim().min(2).max(50)).max(tokenLimits.networksMax).default([]),
  expiresAt: moment,
  code: z.string().max(64).optional(),
});
/** `secret` is shown once. */
export const createdApiTokenSchema = z.object({ id: z.uuid(), secret: z.string() });
