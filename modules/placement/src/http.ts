import {
  addAddressesSchema,
  addedReplySchema,
  addHostSchema,
  changeHostSchema,
  hostIdReplySchema,
  type Inventory,
  inventorySchema,
} from "@casaforte/contract/placement";
import { type Actor, type Clock, type Id, newId, type Random, type SiteId } from "@casaforte/kernel";
import type { Db, OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { addAddresses, addHost, capacityOutlook, changeHost, listHosts } from "./inventory.ts";

export interface InventoryServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
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
        hosts: (await listHosts(tx)).map((host) => ({
          ...host,
          capacityBytes: Number(host.capacityBytes),
          allocatedBytes: Number(host.allocatedBytes),
        })),
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
}
