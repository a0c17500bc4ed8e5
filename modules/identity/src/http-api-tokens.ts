import { idParamsSchema } from "@casaforte/contract/auth";
import {
  createOperatorTokenSchema,
  type OperatorToken,
  type OperatorTokenScope,
  operatorTokensReplySchema,
} from "@casaforte/contract/operator-tokens";
import {
  type ApiToken,
  apiTokensReplySchema,
  createApiTokenSchema,
  createdApiTokenSchema,
  type TokenScope,
} from "@casaforte/contract/tokens";
import { assert } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { ApiTokenRules } from "./api-tokens.ts";
import type { Authenticator } from "./authenticator.ts";
import type { Identity } from "./create-identity.ts";
import { isoOrNull } from "./http-views.ts";
import type { ApiTokenRow } from "./store-api-tokens.ts";
import type { Session } from "./types.ts";

/** What a token looks like in either console. */
const common = (row: ApiTokenRow, session: Session) => ({
  id: row.id,
  name: row.name,
  hint: row.hint,
  isOwn: row.principalId === session.principalId,
  networks: [...row.networks],
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
  lastUsedAt: isoOrNull(row.lastUsedAt),
  lastUsedIp: row.lastUsedIp,
});

function view(row: ApiTokenRow, session: Session): ApiToken {
  assert(row.role !== null, "a customer's people have a role");
  return {
    ...common(row, session),
    owner: { id: row.principalId, login: row.login, role: row.role },
    scopes: row.scopes as TokenScope[],
    spaceIds: [...row.spaceIds],
    domainIds: [...row.domainIds],
  };
}

const operatorView = (row: ApiTokenRow, session: Session): OperatorToken => ({
  ...common(row, session),
  owner: { id: row.principalId, login: row.login, operatorRoles: [...row.operatorRoles] },
  scopes: row.scopes as OperatorTokenScope[],
});

interface Wanted {
  readonly expiresAt: string;
  readonly code?: string | undefined;
}
const moments = ({ expiresAt, code }: Wanted) => ({
  expiresAtMs: Date.parse(expiresAt),
  code: code === undefined || code.trim() === "" ? null : code,
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
        ...moments({ expiresAt, code }),
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

/** The same for operators, on their face (R78). Their tokens are bound to no customer's objects. */
export function registerOperatorTokenRoutes(
  app: Face,
  identity: Identity,
  who: Authenticator,
  rules: ApiTokenRules,
): void {
  app.get("/api/desk/tokens", { schema: { response: { 200: operatorTokensReplySchema } } }, async (request) => {
    const session = await who.session(request);
    const { tokens, grantable } = await identity.listApiTokens(rules, session);
    return {
      tokens: tokens.map((row) => operatorView(row, session)),
      grantable: grantable as OperatorTokenScope[],
    };
  });
  app.post(
    "/api/desk/tokens",
    { schema: { body: createOperatorTokenSchema, response: { 201: createdApiTokenSchema } } },
    async (request, reply) => {
      const { expiresAt, code, ...input } = request.body;
      const made = await identity.createApiToken(rules, await who.session(request), {
        ...{ ...input, spaceIds: [], domainIds: [] },
        ...moments({ expiresAt, code }),
      });
      return reply.status(201).send(made);
    },
  );
  app.delete(
    "/api/desk/tokens/:id",
    { schema: { params: idParamsSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      await identity.revokeApiToken(rules, await who.session(request), request.params.id);
      return reply.status(204).send(null);
    },
  );
}
