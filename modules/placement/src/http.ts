import {
  addAddressesSchema,
  addedReplySchema,
  addHostSchema,
  changeHostSchema,
  evacuateHostSchema,
  type HostSpacesReply,
  hostIdReplySchema,
  hostSpacesQuerySchema,
  hostSpacesReplySchema,
  type Inventory,
  inventorySchema,
  moveSpaceSchema,
} from "@casaforte/contract/placement";
import {
  type Actor,
  type Clock,
  Failure,
  type Id,
  newId,
  parseId,
  type Random,
  type SiteId,
  type SpaceId,
  type TenantId,
} from "@casaforte/kernel";
import type { Db, OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import type { Jobs } from "@casaforte/platform/jobs";
import { z } from "zod";
import { evacuateHost } from "./evacuate-host.ts";
import { addAddresses, addHost, capacityOutlook, changeHost, listHosts } from "./inventory.ts";
import { placementLimits } from "./limits.ts";
import { moveSpace } from "./move-space.ts";
import type { Host } from "./store.ts";
import { selectLastEvacuation, selectRoomElsewhere, selectSpacesOnHost } from "./store-moves.ts";

export interface InventoryServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly jobs: Jobs;
  /** @throws unauthenticated, forbidden. */
  operator(request: unknown, access: "read" | "write"): Promise<Actor>;
  /** Orders that found no room. */
  alerts(tx: OperatorTx): Promise<Inventory["alerts"]>;
}

/** Hosts, addresses and room on the operator's face (O3, R22). */
export function registerInventoryRoutes(app: Face, services: InventoryServices): void {
  const { db, clock, random } = services;

  app.get("/api/inventory", { schema: { response: { 200: inventorySchema } } }, async (request) => {
    await services.operator(request, "read");
    return db.operator(
      async (tx) => ({
        hosts: (await listHosts(tx)).map(shownHost),
        sites: (await capacityOutlook(tx, clock.nowMs())).map((site) => ({
          siteId: site.siteId,
          name: site.name,
          capacityBytes: site.capacityBytes === null ? null : Number(site.capacityBytes),
          guaranteedBytes: Number(site.guaranteedBytes),
          freeBytes: site.freeBytes === null ? null : Number(site.freeBytes),
          fullInDays: site.fullInDays,
          addresses: Number(site.addresses),
          addressesFree: Number(site.addressesFree),
        })),
        alerts: await services.alerts(tx),
      }),
      { readOnly: true },
    );
  });

  app.post(
    "/api/inventory/hosts",
    { schema: { body: addHostSchema, response: { 201: hostIdReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const id = newId<Id<"Host">>(clock, random);
      const { siteId, capacityBytes, ...rest } = request.body;
      const host = { ...rest, id, siteId: siteId as SiteId, capacityBytes: BigInt(capacityBytes) };
      await db.operator((tx) => addHost(tx, actor, host, clock.nowMs()));
      return reply.status(201).send({ id });
    },
  );

  app.patch(
    "/api/inventory/hosts/:id",
    { schema: { params: z.strictObject({ id: z.uuid() }), body: changeHostSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { state, capacityBytes } = request.body;
      await db.operator((tx) =>
        changeHost(tx, actor, {
          id: request.params.id,
          ...(state === undefined ? {} : { state }),
          ...(capacityBytes === undefined ? {} : { capacityBytes: BigInt(capacityBytes) }),
          nowMs: clock.nowMs(),
        }),
      );
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/inventory/addresses",
    { schema: { body: addAddressesSchema, response: { 200: addedReplySchema } } },
    async (request) => {
      const actor = await services.operator(request, "write");
      const { siteId, addresses } = request.body;
      const input = { siteId: siteId as SiteId, addresses, nowMs: clock.nowMs() };
      return { added: await db.operator((tx) => addAddresses(tx, actor, input)) };
    },
  );
  registerMoveRoutes(app, services);
}

const shownHost = (host: Host) => ({
  ...host,
  capacityBytes: Number(host.capacityBytes),
  allocatedBytes: Number(host.allocatedBytes),
});

/** What lies on a host, and taking it to another one of its site (O4, R2). */
function registerMoveRoutes(app: Face, services: InventoryServices): void {
  const { db, clock, random, jobs } = services;
  const hostParams = z.strictObject({ id: z.uuid() });

  app.get(
    "/api/inventory/hosts/:id/spaces",
    { schema: { params: hostParams, querystring: hostSpacesQuerySchema, response: { 200: hostSpacesReplySchema } } },
    async (request) => {
      await services.operator(request, "read");
      const { id } = request.params;
      return db.operator((tx) => spacesOfHost(tx, id, request.query.cursor), { readOnly: true });
    },
  );

  app.post(
    "/api/inventory/hosts/:id/evacuations",
    { schema: { params: hostParams, body: evacuateHostSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const asked = { hostId: request.params.id, reason: request.body.reason, nowMs: clock.nowMs() };
      const id = newId<Id<"Evacuation">>(clock, random);
      await db.operator((tx) => evacuateHost(tx, actor, { id, ...asked }, jobs));
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/inventory/spaces/:tenantId/:id/move",
    {
      schema: {
        params: z.strictObject({ tenantId: z.uuid(), id: z.uuid() }),
        body: moveSpaceSchema,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const tenantId = parseId<TenantId>(request.params.tenantId);
      const spaceId = parseId<SpaceId>(request.params.id);
      await db.operator((tx) => moveSpace(tx, actor, { tenantId, spaceId, ...request.body, nowMs: clock.nowMs() }));
      return reply.status(204).send(null);
    },
  );
}

async function spacesOfHost(tx: OperatorTx, id: string, cursor: string | undefined): Promise<HostSpacesReply> {
  const host = (await listHosts(tx)).find((each) => each.id === id);
  if (host === undefined) throw new Failure("not_found", "placement.host_not_found", "there is no such host");
  const [bytes, spaceId] = cursor?.split("_") ?? [];
  const after = bytes === undefined || spaceId === undefined ? null : { bytes: BigInt(bytes), spaceId };
  const count = placementLimits.spacesPerPage;
  const rows = await selectSpacesOnHost(tx, id, { after, count: count + 1 });
  const last = rows[count - 1];
  const evacuation = await selectLastEvacuation(tx, id);
  return {
    host: shownHost(host),
    spaces: rows.slice(0, count).map(({ bytes, usedBytes, placedAt, ...space }) => ({
      ...space,
      bytes: Number(bytes),
      usedBytes: Number(usedBytes),
      placedAt: placedAt.toISOString(),
    })),
    nextCursor: rows.length > count && last ? `${last.bytes}_${last.spaceId}` : null,
    roomElsewhereBytes: Number(await selectRoomElsewhere(tx, id)),
    evacuation: evacuation && {
      state: evacuation.state,
      reason: evacuation.reason,
      askedAt: evacuation.askedAt.toISOString(),
      moved: evacuation.moved,
      endedAt: evacuation.endedAt?.toISOString() ?? null,
    },
  };
}
