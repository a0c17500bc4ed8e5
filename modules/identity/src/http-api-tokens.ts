import { idParamsSchema } from "@casaforte/contract/auth";
import {
  type ApiToken,
  apiTokensReplySchema,
  createApiTokenSchema,
  createdApiTokenSchema,
  type TokenScope,
} from "@casaforte/contract/tokens";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { ApiTokenRules } from "./api-tokens.ts";
import type { Authenticator } from "./authenticator.ts";
import type { Identity } from "./create-identity.ts";
import { isoOrNull } from "./http-views.ts";
import type { ApiTokenRow } from "./store-api-tokens.ts";
import type { Session } from "./types.ts";

const view = (row: ApiTokenRow, session: Session): ApiToken => ({
  id: row.id,
  name: row.name,
  hint: row.hint,
  owner: { id: row.principalId, login: row.login, role: row.role },
  isOwn: row.principalId === session.principalId,
  scopes: row.scopes as TokenScope[],
  spaceIds: [...row.spaceIds],
  domainIds: [...row.domainIds],
  networks: [...row.networks],
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
  lastUsedAt: isoOrNull(row.lastUsedAt),
  lastUsedIp: row.lastUsedIp,
});

/** The console's routes for tokens (R78); none of them takes a token itself. */
export function registerApiTokenRoutes(app: Face, identity: Identity, who: Authenticator, rules: ApiTokenRules): void {
  app.get("/api/tokens", { schema: { response: { 200: apiTokensReplySchema } } }, async (request) => {
    const session = await who.session(request);
    const { tokens, grantable } = await identity.listApiTokens(rules, session);
    return { tokens: tokens.map((row) => view(row, session)), grantable: grantable as TokenScope[] };
  });
  app.post(
    "/api/tokens",
    { schema: { body: createApiTokenSchema, response: { 201: createdApiTokenSchema } } },
    async (request, reply) => {
      const { expiresAt, code, ...input } = request.body;
      const session = await who.session(request);
      const made = await identity.createApiToken(rules, session, {
        ...input,
        expiresAtMs: Date.parse(expiresAt),
        code: code === undefined || code.trim() === "" ? null : code,
      });
      return reply.status(201).send(made);
    },
  );
  app.delete(
    "/api/tokens/:id",
    { schema: { params: idParamsSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      await identity.revokeApiToken(rules, await who.session(request), request.params.id);
      return reply.status(204).send(null);
    },
  );
}
