import {
  changeServiceSchema,
  endServiceSchema,
  placeOrderSchema,
  type ServiceReply,
  serviceSchema,
  servicesReplySchema,
} from "@casaforte/contract/orders";
import type { Actor, ServiceId, SiteId } from "@casaforte/kernel";
import {
  type Concern,
  listPrices,
  listVersions,
  type Price,
  priceAt,
  type SkuVersion,
} from "@casaforte/modules/catalogue";
import { listAddresses } from "@casaforte/modules/placement";
import { listSpaces } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { changeService, endMailService } from "./change-service.ts";
import { runningUnitEnd } from "./order-request.ts";
import { placeOrder, withAlternatives } from "./place-order.ts";
import type { Service } from "./service.ts";
import type { OrderingServices } from "./services.ts";
import { selectServices } from "./store.ts";

export interface OrderHttpServices extends OrderingServices {
  /** @throws unauthenticated, forbidden. */
  user(request: unknown, access: "read" | "write"): Promise<Extract<Actor, { kind: "user" }>>;
  /** @throws forbidden when the person proved who they are too long ago. */
  assertFresh(request: unknown): Promise<void>;
}

/** What a tenant has: for which products and sites documents concern it (R72). */
export async function concernOf(tx: TenantTx): Promise<Concern> {
  const services = (await selectServices(tx)).filter((service) => service.state === "active");
  const spaces = await listSpaces(tx);
  const products = new Set(services.map((service) => service.product));
  if (spaces.length > 0) products.add("backup");
  return {
    products: [...products],
    sites: [...new Set([...services.map((service) => service.siteId), ...spaces.map((space) => space.siteId)])],
  };
}

interface Known {
  readonly versions: readonly SkuVersion[];
  readonly prices: readonly Price[];
  readonly addresses: readonly { readonly spaceId: string; readonly address: string }[];
  readonly nowMs: number;
}

function serviceView(service: Service, known: Known): ServiceReply {
  const { versions, prices, nowMs } = known;
  const version = versions.find((each) => each.sku === service.sku && each.version === service.skuVersion);
  const next = prices.find(
    (price) => price.sku === service.sku && price.unit === service.unit && price.validFrom.getTime() > nowMs,
  );
  const price = priceAt(prices, service.sku, service.unit, nowMs);
  return {
    id: service.id,
    product: service.product,
    sku: service.sku,
    skuVersion: service.skuVersion,
    name: version?.name ?? { it: service.sku, en: service.sku },
    quantity: Number(service.quantity),
    unit: service.unit,
    siteId: service.siteId,
    subjectId: service.subjectId,
    label: service.label,
    state: service.state,
    startedAt: service.startedAt.toISOString(),
    endedAt: service.endedAt?.toISOString() ?? null,
    priceMicros: price === null ? null : Number(price.priceMicros),
    priceSince: price === null ? null : price.validFrom.toISOString(),
    nextPrice: next ? { priceMicros: Number(next.priceMicros), validFrom: next.validFrom.toISOString() } : null,
    unitEndsAt: new Date(runningUnitEnd(service.unit, service.startedAt.getTime(), nowMs)).toISOString(),
    addresses: known.addresses.filter((each) => each.spaceId === service.subjectId).map((each) => each.address),
  };
}

async function known(tx: TenantTx, nowMs: number): Promise<Known> {
  return {
    versions: await listVersions(tx),
    prices: await listPrices(tx),
    addresses: await listAddresses(tx),
    nowMs,
  };
}

/** What the tenant has or had, as its customer and the operators read it. */
export async function listServiceReplies(tx: TenantTx, nowMs: number): Promise<ServiceReply[]> {
  const facts = await known(tx, nowMs);
  return (await selectServices(tx)).map((service) => serviceView(service, facts));
}

const params = z.strictObject({ id: z.uuid() });

/** Orders and what came of them, for the customer console (R1–R8, R31–R38). */
export function registerOrderRoutes(app: Face, services: OrderHttpServices): void {
  const { db, clock } = services;

  app.get("/api/services", { schema: { response: { 200: servicesReplySchema } } }, async (request) => {
    const actor = await services.user(request, "read");
    const read = (tx: TenantTx) => listServiceReplies(tx, clock.nowMs());
    return { services: await db.tenant(actor.tenantId, read, { readOnly: true }) };
  });

  app.post(
    "/api/orders",
    { schema: { body: placeOrderSchema, response: { 201: serviceSchema } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      const { quantity, priceMicros, siteId, lockDays, ...rest } = request.body;
      const input = {
        ...rest,
        quantity: BigInt(quantity),
        priceMicros: BigInt(priceMicros),
        siteId: siteId === undefined ? null : (siteId as SiteId),
        ...(lockDays === undefined ? {} : { lockDays }),
      };
      const service = await withAlternatives(services, actor.tenantId, input, async (tx) =>
        serviceView(await placeOrder(tx, actor, input, services), await known(tx, clock.nowMs())),
      );
      return reply.status(201).send(service);
    },
  );

  app.post(
    "/api/services/:id/changes",
    { schema: { params, body: changeServiceSchema, response: { 200: serviceSchema } } },
    async (request) => {
      const actor = await services.user(request, "write");
      const { quantity, priceMicros, ...rest } = request.body;
      const input = {
        ...rest,
        serviceId: request.params.id as ServiceId,
        quantity: BigInt(quantity),
        priceMicros: BigInt(priceMicros),
      };
      return withAlternatives(services, actor.tenantId, input, async (tx) =>
        serviceView(await changeService(tx, actor, input, services), await known(tx, clock.nowMs())),
      );
    },
  );

  app.post(
    "/api/services/:id/end",
    { schema: { params, body: endServiceSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await services.assertFresh(request);
      const input = { serviceId: request.params.id as ServiceId, confirmation: request.body.confirmation };
      await db.tenant(actor.tenantId, (tx) => endMailService(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );
}
