import type { IncomingHttpHeaders } from "node:http";
import {
  changeSpaceSchema,
  createSpaceSchema,
  deleteSpaceSchema,
  type Space as SpaceReply,
  sitesReplySchema,
  spaceSchema,
  spacesReplySchema,
} from "@casaforte/contract/spaces";
import {
  type Actor,
  type Clock,
  Failure,
  newId,
  type Random,
  type SiteId,
  type SpaceId,
  type TenantRole,
} from "@casaforte/kernel";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { changeSpace } from "./change-space.ts";
import { createSpace } from "./create-space.ts";
import { listSpaces, requireSpace } from "./read-space.ts";
import { listSites } from "./sites.ts";
import type { Site, Space } from "./space.ts";

export type UserActor = Extract<Actor, { kind: "user" }>;

/** A request as the session's owner needs it; Fastify's own fits. */
export interface ConsoleRequest {
  readonly headers: IncomingHttpHeaders;
  readonly ip: string;
  readonly cookies: { readonly [name: string]: string | undefined };
}

/** Who is signed in. Every console edge of spaces, devices and backup asks through this. */
export interface ConsoleSessions {
  /** @throws unauthenticated. */
  session(request: ConsoleRequest): Promise<UserActor>;
  /** @throws forbidden when the person proved who they are too long ago for a destructive act. */
  assertFresh(request: ConsoleRequest): Promise<void>;
}

export interface SpaceHttpServices extends ConsoleSessions {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  /** Where spaces are sold, one comes and changes its size by an order. @throws precondition `orders.needed`. */
  assertNoOrderNeeded(tx: TenantTx, spaceId?: SpaceId): Promise<void>;
  /** Empties a space and deletes it; the backup module, which knows what it holds, offers it. */
  deleteSpace(
    tx: TenantTx,
    actor: Actor,
    input: { readonly id: SpaceId; readonly confirmation: string; readonly nowMs: number },
  ): Promise<void>;
}

/** @throws forbidden `console.role` unless the person has one of these roles (R74). */
export function requireRole(actor: UserActor, roles: readonly TenantRole[]): void {
  if (roles.includes(actor.role)) return;
  throw new Failure("forbidden", "console.role", "your role does not allow this", { details: { role: actor.role } });
}

/** @throws forbidden `grants.needs_customer` for somebody of support, who acts in the person's name (R90). */
function requireOwnPerson(actor: UserActor): void {
  if (actor.acting !== undefined)
    throw new Failure("forbidden", "grants.needs_customer", "only the customer's own people may do this");
}

const spaceReply = (space: Space): SpaceReply => ({
  id: space.id,
  name: space.name,
  siteId: space.siteId,
  quotaBytes: Number(space.quotaBytes),
  usedBytes: Number(space.usedBytes),
  pendingBytes: Number(space.pendingBytes),
  bandwidthBytesPerSecond: space.bandwidthBytesPerSecond === null ? null : Number(space.bandwidthBytesPerSecond),
  replicaPlan: space.replicaPlan,
  lockDays: space.lockDays,
  state: space.state === "suspended" ? "suspended" : "active",
  threshold: space.threshold,
  createdAt: space.createdAt.toISOString(),
});

const siteReply = (site: Site) => ({
  id: site.id,
  name: site.name,
  country: site.country,
  jurisdiction: { it: site.jurisdictionIt, en: site.jurisdictionEn },
  open: site.open && (site.capacityBytes === null || site.guaranteedBytes < site.capacityBytes),
  availableBytes: site.capacityBytes === null ? null : Math.max(0, Number(site.capacityBytes - site.guaranteedBytes)),
});

const managers = ["owner", "admin"] as const;
const params = z.strictObject({ id: z.uuid() });

/** Sites and spaces for the customer console (R10, R31). */
export function registerSpaceRoutes(app: Face, services: SpaceHttpServices): void {
  const { db, clock, random } = services;

  app.get("/api/sites", { schema: { response: { 200: sitesReplySchema } } }, async (request) => {
    const actor = await services.session(request);
    const sites = await db.tenant(actor.tenantId, (tx) => listSites(tx), { readOnly: true });
    return { sites: sites.map(siteReply) };
  });

  app.get("/api/spaces", { schema: { response: { 200: spacesReplySchema } } }, async (request) => {
    const actor = await services.session(request);
    const spaces = await db.tenant(actor.tenantId, (tx) => listSpaces(tx), { readOnly: true });
    return { spaces: spaces.map(spaceReply) };
  });

  app.get("/api/spaces/:id", { schema: { params, response: { 200: spaceSchema } } }, async (request) => {
    const actor = await services.session(request);
    const id = request.params.id as SpaceId;
    return spaceReply(await db.tenant(actor.tenantId, (tx) => requireSpace(tx, id), { readOnly: true }));
  });

  app.post(
    "/api/spaces",
    { schema: { body: createSpaceSchema, response: { 201: spaceSchema } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, managers);
      const { siteId, name, quotaBytes, lockDays } = request.body;
      const id = newId<SpaceId>(clock, random);
      const input = {
        id,
        name,
        lockDays,
        siteId: siteId as SiteId,
        quotaBytes: BigInt(quotaBytes),
        nowMs: clock.nowMs(),
      };
      const space = await db.tenant(actor.tenantId, async (tx) => {
        await services.assertNoOrderNeeded(tx);
        await createSpace(tx, actor, input);
        return requireSpace(tx, id);
      });
      return reply.status(201).send(spaceReply(space));
    },
  );

  app.patch(
    "/api/spaces/:id",
    { schema: { params, body: changeSpaceSchema, response: { 200: spaceSchema } } },
    async (request) => {
      const actor = await services.session(request);
      requireRole(actor, managers);
      const { name, quotaBytes, lockDays } = request.body;
      if (lockDays !== undefined) requireOwnPerson(actor);
      const change = {
        id: request.params.id as SpaceId,
        nowMs: clock.nowMs(),
        ...(name === undefined ? {} : { name }),
        ...(quotaBytes === undefined ? {} : { quotaBytes: BigInt(quotaBytes) }),
        ...(lockDays === undefined ? {} : { lockDays }),
      };
      const space = await db.tenant(actor.tenantId, async (tx) => {
        if (quotaBytes !== undefined) await services.assertNoOrderNeeded(tx, change.id);
        return changeSpace(tx, actor, change);
      });
      return spaceReply(space);
    },
  );

  app.delete(
    "/api/spaces/:id",
    { schema: { params, body: deleteSpaceSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.session(request);
      requireRole(actor, managers);
      await services.assertFresh(request);
      const input = {
        id: request.params.id as SpaceId,
        confirmation: request.body.confirmation,
        nowMs: clock.nowMs(),
      };
      await db.tenant(actor.tenantId, (tx) => services.deleteSpace(tx, actor, input));
      return reply.status(204).send(null);
    },
  );
}
