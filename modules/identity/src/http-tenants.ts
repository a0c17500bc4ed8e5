import { idParamsSchema } from "@casaforte/contract/auth";
import { personIdReplySchema } from "@casaforte/contract/people";
import {
  createTenantSchema,
  inviteOwnerSchema,
  type TenantReply,
  tenantIdReplySchema,
  tenantPolicySchema,
  tenantSchema,
  tenantsQuerySchema,
  tenantsReplySchema,
  updateTenantSchema,
  vetTenantSchema,
} from "@casaforte/contract/tenants";
import { parseId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import {
  listTenants,
  readTenant,
  setTenantPolicy,
  type Tenant,
  updateTenant,
  vetTenant,
} from "@casaforte/modules/tenancy";
import type { Face } from "@casaforte/platform/http";
import { assertOperatorRole, assertTenantRole } from "./access-rules.ts";
import type { Authenticator } from "./authenticator.ts";
import type { Identity } from "./create-identity.ts";
import { present } from "./present.ts";

const view = (tenant: Tenant): TenantReply => ({ ...tenant, createdAt: tenant.createdAt.toISOString() });

/** The console's own organisation. */
export function registerOwnTenantRoutes(app: Face, identity: Identity, who: Authenticator): void {
  const { db, clock } = identity.context;
  app.get("/api/tenant", { schema: { response: { 200: tenantSchema } } }, async (request) => {
    const actor = await who.authenticate(request);
    assertTenantRole(actor, "owner", "admin", "billing", "technician", "read_only");
    return view(await db.tenant(actor.tenantId, (tx) => readTenant(tx, actor.tenantId), { readOnly: true }));
  });
  app.patch(
    "/api/tenant",
    { schema: { body: updateTenantSchema, response: { 200: tenantSchema } } },
    async (request) => {
      const actor = await who.authenticate(request);
      assertTenantRole(actor, "owner", "admin", "billing");
      const { tenantId } = actor;
      const input = { ...present(request.body), tenantId, nowMs: clock.nowMs() };
      return view(await db.tenant(tenantId, (tx) => updateTenant(tx, actor, input)));
    },
  );
  app.put(
    "/api/tenant/policy",
    { schema: { body: tenantPolicySchema, response: { 200: tenantSchema } } },
    async (request) => {
      const actor = await who.authenticate(request);
      assertTenantRole(actor, "owner");
      await who.assertFresh(request);
      const { tenantId } = actor;
      const input = { tenantId, requireTwoFactor: request.body.requireTwoFactor, nowMs: clock.nowMs() };
      return view(await db.tenant(tenantId, (tx) => setTenantPolicy(tx, actor, input)));
    },
  );
}

/** All organisations, on the operator's face only (R51). */
export function registerTenantsRoutes(app: Face, identity: Identity, who: Authenticator): void {
  const { db, clock } = identity.context;
  app.get(
    "/api/tenants",
    { schema: { querystring: tenantsQuerySchema, response: { 200: tenantsReplySchema } } },
    async (request) => {
      assertOperatorRole(await who.authenticate(request), "support", "billing", "infra", "legal", "security");
      const page = await db.operator((tx) => listTenants(tx, present(request.query)), { readOnly: true });
      return { tenants: page.tenants.map(view), nextCursor: page.nextCursor };
    },
  );
  app.post(
    "/api/tenants",
    { schema: { body: createTenantSchema, response: { 201: tenantIdReplySchema } } },
    async (request, reply) => {
      const tenantId = await identity.createTenantWithOwner(await who.session(request), present(request.body));
      return reply.status(201).send({ tenantId });
    },
  );
  app.get(
    "/api/tenants/:id",
    { schema: { params: idParamsSchema, response: { 200: tenantSchema } } },
    async (request) => {
      const actor = await who.authenticate(request);
      assertOperatorRole(actor, "support", "billing", "infra", "legal", "security");
      const tenantId = parseId<TenantId>(request.params.id);
      return db.operator(async (tx) => {
        const tenant = await readTenant(tx, tenantId);
        // The customer sees each time an operator opened its file (R89).
        await recordAudit(tx, actor, {
          tenantId,
          action: "tenancy.tenant_read",
          object: { kind: "tenant", id: tenantId },
        });
        return view(tenant);
      });
    },
  );
  app.patch(
    "/api/tenants/:id",
    { schema: { params: idParamsSchema, body: updateTenantSchema, response: { 200: tenantSchema } } },
    async (request) => {
      const actor = await who.authenticate(request);
      assertOperatorRole(actor, "support", "billing");
      const input = { ...present(request.body), tenantId: parseId<TenantId>(request.params.id), nowMs: clock.nowMs() };
      return view(await db.operator((tx) => updateTenant(tx, actor, input)));
    },
  );
  app.post(
    "/api/tenants/:id/vet",
    { schema: { params: idParamsSchema, body: vetTenantSchema, response: { 200: tenantSchema } } },
    async (request) => {
      const actor = await who.authenticate(request);
      assertOperatorRole(actor, "support", "billing");
      const input = { tenantId: parseId<TenantId>(request.params.id), nowMs: clock.nowMs() };
      return view(await db.operator((tx) => vetTenant(tx, actor, input)));
    },
  );
  app.post(
    "/api/tenants/:id/owners",
    { schema: { params: idParamsSchema, body: inviteOwnerSchema, response: { 201: personIdReplySchema } } },
    async (request, reply) => {
      const input = { tenantId: parseId<TenantId>(request.params.id), owner: request.body };
      return reply.status(201).send({ id: await identity.inviteOwner(await who.session(request), input) });
    },
  );
}
