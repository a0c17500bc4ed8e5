import { enterGrantSchema } from "@casaforte/contract/grants";
import { Failure, providerTenantId } from "@casaforte/kernel";
import {
  actingActor,
  enterGrant,
  findGrant,
  type GrantServices,
  grantSecretPrefix,
  type LiveGrant,
  leaveGrant,
  noteLook,
} from "@casaforte/modules/grants";
import { type ActingGate, readPrincipal, type Session, writeCookie } from "@casaforte/modules/identity";
import { readTenant } from "@casaforte/modules/tenancy";
import { requireTicket } from "@casaforte/modules/tickets";
import type { Face } from "@casaforte/platform/http";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { actingRoutes } from "./acting-routes.ts";
import { noticeRoad } from "./notice-road.ts";
import type { Services } from "./services.ts";

/** Support access on the ports of everything else (R90). */
export function grantDesk(services: Services): GrantServices {
  const { db, clock, random, logger, jobs, config } = services.core;
  const { administrators, send } = noticeRoad(services);
  return {
    ...{ db, clock, random, jobs, administrators, send },
    logger: logger.with({ component: "grants" }),
    providerName: config.provider.name,
    consoleUrl: services.notices.consoleUrl,
    async operatorFacts(id) {
      const found = await db
        .tenant(providerTenantId, (tx) => readPrincipal(tx, id), { readOnly: true })
        .catch((error: unknown) => {
          if (error instanceof Failure && error.kind === "not_found") return null;
          throw error;
        });
      if (found === null) return { name: "", roles: [] };
      return { name: found.displayName || found.login, roles: found.status === "active" ? found.operatorRoles : [] };
    },
    assertTicket: requireTicket,
  };
}

/** Whether whoever gave it could give it today, and whoever holds it is an operator still; null otherwise. */
async function sessionOf(grant: LiveGrant, ip: string, desk: GrantServices): Promise<Session | null> {
  const { tenantId, id, answeredBy, scope, until } = grant;
  const { giver, tenantName } = await desk.db.tenant(
    tenantId,
    async (tx) => ({ giver: await readPrincipal(tx, answeredBy), tenantName: (await readTenant(tx, tenantId)).name }),
    { readOnly: true },
  );
  const { role, status, login, language } = giver;
  if (status !== "active" || (role !== "owner" && role !== "admin")) return null;
  const actor = await actingActor(grant, role, ip, desk);
  if (actor === null) return null;
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
  const inside = new WeakMap<Session, LiveGrant>();
  return {
    secretPrefix: grantSecretPrefix,
    async resolve(from, secret) {
      const grant = await findGrant(secret, desk);
      const session = grant === null ? null : await sessionOf(grant, from.ip, desk);
      if (grant === null || session === null) return null;
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
  };
}

/** Where the operator's link leads: a code for a session of the console, which is the browser's from then on. */
export function registerGrantEntry(app: Face, desk: GrantServices): void {
  app.post(
    "/api/support-access/entry",
    { schema: { body: enterGrantSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      writeCookie(reply, "user", "session", await enterGrant(request.body.code, request.ip, desk));
      return reply.status(204).send(null);
    },
  );
}
