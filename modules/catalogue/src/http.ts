import {
  acceptDocumentsSchema,
  documentsReplySchema,
  offerSchema,
  type PriceList,
  priceListSchema,
} from "@casaforte/contract/catalogue";
import type { Actor, Clock, Random } from "@casaforte/kernel";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { type Concern, inForce } from "./document.ts";
import { acceptDocuments, pendingDocuments } from "./documents.ts";
import { listOffers } from "./read-catalogue.ts";
import { taxRateAt } from "./sku.ts";
import { selectAcceptances, selectDocuments, selectTaxRates } from "./store.ts";
import { documentView, offerView } from "./views.ts";

export interface CatalogueHttpServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly provider: string;
  readonly sites: PriceList["sites"];
  /** @throws unauthenticated, forbidden. */
  user(request: unknown, access: "read" | "write"): Promise<Extract<Actor, { kind: "user" }>>;
  /** What this customer has; the orders module knows. */
  concernOf(tx: TenantTx): Promise<Concern>;
}

/** The price list for everybody, offers and documents for customers (R1, R6, R72). */
export function registerCatalogueRoutes(app: Face, services: CatalogueHttpServices): void {
  const { db, clock } = services;

  app.get("/api/price-list", { schema: { response: { 200: priceListSchema } } }, async () => {
    const nowMs = clock.nowMs();
    const { offers, rates } = await db.lookup(
      async (tx) => ({ offers: await listOffers(tx, nowMs), rates: await selectTaxRates(tx) }),
      { readOnly: true },
    );
    const rate = taxRateAt(rates, "IT", nowMs);
    return {
      provider: services.provider,
      currency: "EUR" as const,
      taxBasisPoints: rate === null ? null : Number(rate.basisPoints),
      readAt: new Date(nowMs).toISOString(),
      sites: services.sites,
      offers: offers.map(offerView),
    };
  });

  app.get(
    "/api/offers",
    { schema: { response: { 200: z.object({ offers: z.array(offerSchema) }) } } },
    async (request) => {
      const actor = await services.user(request, "read");
      const offers = await db.tenant(actor.tenantId, (tx) => listOffers(tx, clock.nowMs()), { readOnly: true });
      return { offers: offers.map(offerView) };
    },
  );

  app.get("/api/documents", { schema: { response: { 200: documentsReplySchema } } }, async (request) => {
    const actor = await services.user(request, "read");
    const nowMs = clock.nowMs();
    return db.tenant(
      actor.tenantId,
      async (tx) => {
        const pending = await pendingDocuments(tx, await services.concernOf(tx), nowMs);
        return {
          documents: inForce(await selectDocuments(tx), nowMs).map(documentView),
          acceptances: (await selectAcceptances(tx)).map((each) => ({ ...each, at: each.at.toISOString() })),
          pending: [...new Set(pending.map((document) => document.id))],
        };
      },
      { readOnly: true },
    );
  });

  app.post(
    "/api/acceptances",
    { schema: { body: acceptDocumentsSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      const { accepted } = request.body;
      await db.tenant(actor.tenantId, (tx) => acceptDocuments(tx, actor, { accepted, nowMs: clock.nowMs() }, services));
      return reply.status(204).send(null);
    },
  );
}
