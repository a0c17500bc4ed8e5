import {
  createTenantSchema,
  type TenantReply,
  tenantSchema,
  tenantsQuerySchema,
  tenantsReplySchema,
} from "@casaforte/contract/tenants";
import { type Actor, type Clock, newId, type PrincipalId, type Random, type TenantId } from "@casaforte/kernel";
import { createPrincipal, type Identity } from "@casaforte/modules/identity";
import { createTenant, listTenants, readTenant, type Tenant } from "@casaforte/modules/tenancy";
import type { Db } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import type { FastifyRequest } from "fastify";

export interface TenantRouteServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: Identity;
  readonly providerName: string;
  /** @throws unauthenticated, forbidden. */
  readonly operator: (request: FastifyRequest) => Promise<Actor>;
}

const reply = (tenant: Tenant): TenantReply => ({
  id: tenant.tenantId,
  name: tenant.name,
  state: tenant.state,
  language: tenant.language,
  country: tenant.country,
  vatNumber: tenant.vatNumber,
  requireTwoFactor: tenant.requireTwoFactor,
  createdAt: tenant.createdAt.toISOString(),
});

/** The operator console's routes for customers. */
export function registerTenantRoutes(app: Face, services: TenantRouteServices): void {
  const { db, clock, random, identity } = services;
  app.get(
    "/api/tenants",
    { schema: { querystring: tenantsQuerySchema, response: { 200: tenantsReplySchema } } },
    async (request) => {
      await services.operator(request);
      const { search, cursor } = request.query;
      const page = await db.operator(
        (tx) => listTenants(tx, { ...(search ? { search } : {}), ...(cursor ? { cursor } : {}) }),
        { readOnly: true },
      );
      return { tenants: page.tenants.map(reply), nextCursor: page.nextCursor };
    },
  );
  app.post(
    "/api/tenants",
    { schema: { body: createTenantSchema, response: { 201: tenantSchema } } },
    async (request, answer) => {
      const actor = await services.operator(request);
      const { name, language, vatNumber, ownerEmail, ownerName } = request.body;
      const tenantId = newId<TenantId>(clock, random);
      const principalId = newId<PrincipalId>(clock, random);
      await db.operator((tx) =>
        createTenant(tx, actor, {
          tenantId,
          name,
          language,
          ...(vatNumber ? { vatNumber } : {}),
          nowMs: clock.nowMs(),
        }),
      );
      await db.tenant(tenantId, async (tx) => {
        await createPrincipal(tx, actor, {
          id: principalId,
          realm: "user",
          login: ownerEmail,
          displayName: ownerName,
          language,
          role: "owner",
          status: "invited",
          passwordHash: null,
          nowMs: clock.nowMs(),
        });
        await identity.sendInvitation(tx, actor, { principalId, inviter: services.providerName });
      });
      const tenant = await db.operator((tx) => readTenant(tx, tenantId), { readOnly: true });
      return answer.status(201).send(reply(tenant));
    },
  );
}
