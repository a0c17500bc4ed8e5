import {
  askedGrantSchema,
  askGrantSchema,
  deskGrantsQuerySchema,
  deskGrantsReplySchema,
  giveGrantSchema,
  grantEntrySchema,
  grantsReplySchema,
} from "@casaforte/contract/grants";
import { Failure, parseId, type TenantId } from "@casaforte/kernel";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { endGrant, giveGrant, refuseGrant, type UserActor } from "./answer-grant.ts";
import { askGrant, type OperatorActor } from "./ask-grant.ts";
import { makeEntry } from "./enter-grant.ts";
import { grantsLimits } from "./limits.ts";
import type { GrantServices } from "./services.ts";
import { selectAllGrants, selectGrantOf, selectGrants } from "./store.ts";
import type { Grant, GrantId } from "./types.ts";

const idParams = z.strictObject({ id: z.uuid() });
const ownedParams = z.strictObject({ tenantId: z.uuid(), id: z.uuid() });
const nothing = z.null();
const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

const view = (grant: Grant) => ({
  ...{ id: grant.id, ticketId: grant.ticketId, operatorName: grant.operatorName, reason: grant.reason },
  ...{ askedScope: grant.askedScope, askedHours: grant.askedHours, askedAt: grant.askedAt.toISOString() },
  ...{ state: grant.state, scope: grant.scope, until: iso(grant.until) },
  ...{ endedAt: iso(grant.endedAt), endReason: grant.endReason },
});

export interface GrantHttpServices extends GrantServices {
  /** @throws unauthenticated, forbidden. */
  user(request: unknown): Promise<UserActor>;
  /** @throws forbidden when the person proved who they are too long ago. */
  assertFresh(request: unknown): Promise<void>;
}

/** Who asks to come in, and the customer's answers (R90). */
export function registerGrantRoutes(app: Face, services: GrantHttpServices): void {
  const { db, clock } = services;
  app.get("/api/support-access", { schema: { response: { 200: grantsReplySchema } } }, async (request) => {
    const { tenantId } = await services.user(request);
    const grants = await db.tenant(tenantId, (tx) => selectGrants(tx, grantsLimits.listedMax), { readOnly: true });
    return { grants: grants.map(view) };
  });
  app.post(
    "/api/support-access/:id/grant",
    { schema: { params: idParams, body: giveGrantSchema, response: { 204: nothing } } },
    async (request, reply) => {
      const actor = await services.user(request);
      await services.assertFresh(request);
      const input = { id: parseId<GrantId>(request.params.id), ...request.body };
      await db.tenant(actor.tenantId, (tx) => giveGrant(tx, actor, input, clock.nowMs()));
      return reply.status(204).send(null);
    },
  );
  app.post(
    "/api/support-access/:id/refuse",
    { schema: { params: idParams, response: { 204: nothing } } },
    async (request, reply) => {
      const actor = await services.user(request);
      const id = parseId<GrantId>(request.params.id);
      await db.tenant(actor.tenantId, (tx) => refuseGrant(tx, actor, id, clock.nowMs()));
      return reply.status(204).send(null);
    },
  );
  app.post(
    "/api/support-access/:id/revoke",
    { schema: { params: idParams, response: { 204: nothing } } },
    async (request, reply) => {
      const actor = await services.user(request);
      const input = { id: parseId<GrantId>(request.params.id), reason: "revoked" } as const;
      await db.tenant(actor.tenantId, (tx) => endGrant(tx, actor, input, clock.nowMs()));
      return reply.status(204).send(null);
    },
  );
}

export interface DeskGrantHttpServices extends GrantServices {
  /** @throws unauthenticated, forbidden. */
  operator(request: unknown, access: "read" | "write"): Promise<OperatorActor>;
  /** Of the operator's own session. @throws unauthenticated. */
  signInId(request: unknown): Promise<string>;
  /** @throws forbidden when the operator proved who they are too long ago. */
  assertFresh(request: unknown): Promise<void>;
}

/** Asking, entering and giving back, on the operators' face (R90). */
export function registerDeskGrantRoutes(app: Face, services: DeskGrantHttpServices): void {
  const { db, clock } = services;
  app.get(
    "/api/desk/grants",
    { schema: { querystring: deskGrantsQuerySchema, response: { 200: deskGrantsReplySchema } } },
    async (request) => {
      const actor = await services.operator(request, "read");
      const ticketId = request.query.ticketId ?? null;
      return db.operator(
        async (tx) => {
          const grants = [];
          for (const grant of await selectAllGrants(tx, ticketId, grantsLimits.listedMax))
            grants.push({
              ...view(grant),
              tenantId: grant.tenantId,
              tenantName: (await readTenant(tx, grant.tenantId)).name,
              isOwn: grant.operatorId === actor.principalId,
            });
          return { grants };
        },
        { readOnly: true },
      );
    },
  );
  app.post(
    "/api/desk/grants",
    { schema: { body: askGrantSchema, response: { 201: askedGrantSchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const tenantId = parseId<TenantId>(request.body.tenantId);
      const { name } = await services.operatorFacts(actor.principalId, null);
      const grant = await db.operator((tx) => askGrant(tx, actor, { ...request.body, tenantId }, name, services));
      return reply.status(201).send({ id: grant.id });
    },
  );
  app.post(
    "/api/desk/grants/:tenantId/:id/entry",
    { schema: { params: ownedParams, response: { 200: grantEntrySchema } } },
    async (request) => {
      const actor = await services.operator(request, "write");
      await services.assertFresh(request);
      const input = {
        tenantId: parseId<TenantId>(request.params.tenantId),
        id: parseId<GrantId>(request.params.id),
        signInId: await services.signInId(request),
      };
      return { url: await db.operator((tx) => makeEntry(tx, actor, input, services)) };
    },
  );
  app.post(
    "/api/desk/grants/:tenantId/:id/return",
    { schema: { params: ownedParams, response: { 204: nothing } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const tenantId = parseId<TenantId>(request.params.tenantId);
      const id = parseId<GrantId>(request.params.id);
      await db.operator((tx) => requireOwn(tx, actor, tenantId, id), { readOnly: true });
      await db.tenant(tenantId, (tx) => endGrant(tx, actor, { id, reason: "returned" }, clock.nowMs()));
      return reply.status(204).send(null);
    },
  );
}

/** @throws not_found `grants.not_found`, forbidden `grants.not_granted` for another operator's. */
async function requireOwn(tx: OperatorTx, actor: OperatorActor, tenantId: TenantId, id: GrantId): Promise<void> {
  const grant = await selectGrantOf(tx, tenantId, id);
  if (grant === null) throw new Failure("not_found", "grants.not_found", "there is no such request");
  if (grant.operatorId !== actor.principalId)
    throw new Failure("forbidden", "grants.not_granted", "the customer let somebody else in");
}
