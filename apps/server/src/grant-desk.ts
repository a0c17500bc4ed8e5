import { enterGrantSchema } from "@casaforte/contract/grants";
import { Failure, type PrincipalId, providerTenantId } from "@casaforte/kernel";
import {
  actingActor,
  type EnteredGrant,
  enterGrant,
  findGrant,
  type GrantServices,
  grantSecretPrefix,
  leaveGrant,
  noteLook,
} from "@casaforte/modules/grants";
import {
  type ActingGate,
  endFormerSession,
  type Identity,
  readPrincipal,
  readSessionEnd,
  type Session,
  writeCookie,
} from "@casaforte/modules/identity";
import { readTenant } from "@casaforte/modules/tenancy";
import { requireTicket } from "@casaforte/modules/tickets";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { actingRoutes } from "./acting-routes.ts";
import { mayOperator } from "./authorise.ts";
import { noticeRoad } from "./notice-road.ts";
import type { Services } from "./services.ts";

/** Support access on the ports of everything else (R90). */
export function grantDesk(services: Services): GrantServices {
  const { db, clock, random, logger, jobs, config } = services.core;
  const { administrators, send } = noticeRoad(services, "security");
  return {
    ...{ db, clock, random, jobs, administrators, send },
    logger: logger.with({ component: "grants" }),
    providerName: config.provider.name,
    consoleUrl: services.notices.consoleUrl,
    async operatorFacts(id, signInId) {
      const now = new Date(clock.nowMs());
      const found = await db
        .tenant(
          providerTenantId,
          async (tx) => ({
            ...(await readPrincipal(tx, id)),
            signedInUntil:
              signInId === null ? null : await readSessionEnd(tx, { principalId: id, sessionId: signInId }, now),
          }),
          { readOnly: true },
        )
        .catch((error: unknown) => {
          if (error instanceof Failure && error.kind === "not_found") return null;
          throw error;
        });
      if (found === null) return { name: "", roles: [], signedInUntil: null };
      const { operatorRoles, status, signedInUntil } = found;
      // Whoever could not ask today does not stay inside either.
      const roles = status === "active" && mayOperator(operatorRoles, "tickets", "write") ? operatorRoles : [];
      return { name: found.displayName || found.login, roles, signedInUntil };
    },
    assertTicket: requireTicket,
  };
}

/** Null for a person who was removed since. */
const giverOf = (tx: TenantTx, id: PrincipalId) =>
  readPrincipal(tx, id).catch((error: unknown) => {
    if (error instanceof Failure && error.kind === "not_found") return null;
    throw error;
  });

/** Whether whoever gave it could give it today, and whoever holds it is an operator and signed in still; null otherwise. */
async function sessionOf(grant: EnteredGrant, ip: string, desk: GrantServices): Promise<Session | null> {
  const { tenantId, id, answeredBy, scope } = grant;
  const { giver, tenantName } = await desk.db.tenant(
    tenantId,
    async (tx) => ({ giver: await giverOf(tx, answeredBy), tenantName: (await readTenant(tx, tenantId)).name }),
    { readOnly: true },
  );
  if (giver === null) return null;
  const { role, status, login, language } = giver;
  if (status !== "active" || (role !== "owner" && role !== "admin")) return null;
  const acting = await actingActor(grant, role, ip, desk);
  if (acting === null) return null;
  const { actor, until } = acting;
  return {
    ...{ tenantId, tenantName, sessionId: id, principalId: answeredBy, realm: "user", login, language, role, actor },
    displayName: grant.operatorName,
    operatorRoles: [],
    methods: [],
    // Nobody of the customer's is there to confirm anything.
    authenticatedAtMs: 0,
    expiresAtMs: until.getTime(),
    ...{ hasTotp: false, hasPasskey: false, mustEnrol: false },
    acting: { operatorName: grant.operatorName, scope },
  };
}

/** Lets operators under a grant into the console, no further than `actingRoutes`; asks the database each time. */
export function actingGate(desk: GrantServices): ActingGate {
  const inside = new WeakMap<Session, EnteredGrant>();
  const find = async (ip: string, secret: string) => {
    const grant = await findGrant(secret, desk);
    const session = grant === null ? null : await sessionOf(grant, ip, desk);
    return grant === null || session === null ? null : { grant, session };
  };
  return {
    secretPrefix: grantSecretPrefix,
    async resolve(from, secret) {
      const found = await find(from.ip, secret);
      if (found === null) return null;
      const { grant, session } = found;
      const { method, routeOptions } = from as FastifyRequest;
      const route = `${method} ${routeOptions.url ?? ""}`;
      const level = actingRoutes[route];
      if (level === undefined || (level === "act" && grant.scope === "read"))
        throw new Failure("forbidden", "grants.out_of_reach", "support access does not reach here");
      if (method === "GET" && route !== "GET /api/auth/session") await noteLook(grant, session.actor, route, desk);
      inside.set(session, grant);
      return session;
    },
    async leave(session) {
      const grant = inside.get(session);
      if (grant !== undefined) await leaveGrant(grant, session.actor, desk);
    },
    async end(from, secret) {
      const found = await find(from.ip, secret);
      if (found !== null) await leaveGrant(found.grant, found.session.actor, desk);
    },
  };
}

/** Where the operator's link leads: a code for a session of the console, which is the browser's from then on, and the only one. */
export function registerGrantEntry(app: Face, identity: Identity, desk: GrantServices): void {
  const gate = actingGate(desk);
  app.post(
    "/api/support-access/entry",
    { schema: { body: enterGrantSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const secret = await enterGrant(request.body.code, request.ip, desk);
      await endFormerSession(identity, "user", gate, request, null);
      writeCookie(reply, "user", "session", secret);
      return reply.status(204).send(null);
    },
  );
}
