import { approvalIdReplySchema } from "@casaforte/contract/approvals";
import {
  operatorCatalogueSchema,
  publishDocumentSchema,
  publishSkuSchema,
  requestPriceSchema,
  requestTaxRateSchema,
  versionReplySchema,
  withdrawSkuSchema,
} from "@casaforte/contract/catalogue";
import { type Clock, newId, type Random } from "@casaforte/kernel";
import { type ApprovalId, type ApprovalKind, type OperatorActor, requestApproval } from "@casaforte/modules/approvals";
import type { Db, OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { inForce } from "./document.ts";
import { publishDocument } from "./documents.ts";
import { type ApprovedPrice, priceApproval, taxRateApproval } from "./price-approvals.ts";
import { publishSku, withdrawSku } from "./publish.ts";
import { selectDocuments, selectPrices, selectTaxRates, selectVersions } from "./store.ts";
import { documentView, skuView } from "./views.ts";

export interface OperatorCatalogueServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  /** @throws unauthenticated, forbidden. */
  operator(request: unknown, access: "read" | "write"): Promise<OperatorActor>;
  /** Promises that the customers of what the price is of are told (R43). */
  announcePrice(tx: OperatorTx, price: ApprovedPrice): Promise<void>;
  /** How many customers were told of each change; the orders module knows. */
  countPriceTold(
    tx: OperatorTx,
  ): Promise<
    readonly { readonly sku: string; readonly unit: string; readonly validFrom: Date; readonly customers: number }[]
  >;
}

const empty = z.null();

/** Versions, prices, rates and documents on the operator's face (O5). Prices and rates go through four eyes (R91). */
export function registerOperatorCatalogueRoutes(app: Face, services: OperatorCatalogueServices): void {
  const { db, clock, random } = services;

  app.get("/api/catalogue", { schema: { response: { 200: operatorCatalogueSchema } } }, async (request) => {
    await services.operator(request, "read");
    const { versions, prices, rates, documents, told } = await db.operator(
      async (tx) => ({
        versions: await selectVersions(tx),
        prices: await selectPrices(tx),
        rates: await selectTaxRates(tx),
        documents: inForce(await selectDocuments(tx), clock.nowMs()),
        told: await services.countPriceTold(tx),
      }),
      { readOnly: true },
    );
    return {
      versions: versions.map((version) => ({
        ...skuView(version),
        units: [...version.units],
        validFrom: version.validFrom.toISOString(),
        soldUntil: version.soldUntil?.toISOString() ?? null,
      })),
      prices: prices.map((price) => ({
        ...price,
        priceMicros: Number(price.priceMicros),
        validFrom: price.validFrom.toISOString(),
        customersTold:
          told.find(
            ({ sku, unit, validFrom }) =>
              sku === price.sku && unit === price.unit && validFrom.getTime() === price.validFrom.getTime(),
          )?.customers ?? 0,
      })),
      taxRates: rates.map((rate) => ({
        ...rate,
        basisPoints: Number(rate.basisPoints),
        validFrom: rate.validFrom.toISOString(),
      })),
      documents: documents.map(documentView),
    };
  });

  app.post(
    "/api/catalogue/versions",
    { schema: { body: publishSkuSchema, response: { 201: versionReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { capacityBytes, bandwidthBytesPerSecond, quantityMax, validFrom, ...rest } = request.body;
      const nowMs = clock.nowMs();
      const version = await db.operator((tx) =>
        publishSku(tx, actor, {
          ...rest,
          capacityBytes: capacityBytes === null ? null : BigInt(capacityBytes),
          bandwidthBytesPerSecond: bandwidthBytesPerSecond === null ? null : BigInt(bandwidthBytesPerSecond),
          quantityMax: BigInt(quantityMax),
          validFrom: new Date(validFrom === undefined ? nowMs : Date.parse(validFrom)),
          nowMs,
        }),
      );
      return reply.status(201).send({ version });
    },
  );

  app.post(
    "/api/catalogue/withdrawals",
    { schema: { body: withdrawSkuSchema, response: { 204: empty } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      await db.operator((tx) => withdrawSku(tx, actor, request.body.sku, clock.nowMs()));
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/catalogue/documents",
    { schema: { body: publishDocumentSchema, response: { 201: versionReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { validFrom, ...rest } = request.body;
      const nowMs = clock.nowMs();
      const validFromMs = validFrom === undefined ? nowMs : Date.parse(validFrom);
      const version = await db.operator((tx) =>
        publishDocument(tx, actor, { ...rest, siteId: null, validFromMs, nowMs }),
      );
      return reply.status(201).send({ version });
    },
  );

  const ask = (actor: OperatorActor, kind: ApprovalKind, subject: string, payload: unknown) =>
    db.operator((tx) =>
      requestApproval(tx, actor, kind, {
        id: newId<ApprovalId>(clock, random),
        subject,
        payload,
        nowMs: clock.nowMs(),
      }),
    );

  app.post(
    "/api/catalogue/prices",
    { schema: { body: requestPriceSchema, response: { 202: approvalIdReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { sku, unit } = request.body;
      const approvalId = await ask(
        actor,
        priceApproval(services.announcePrice) as ApprovalKind,
        `${sku} / ${unit}`,
        request.body,
      );
      return reply.status(202).send({ approvalId });
    },
  );

  app.post(
    "/api/catalogue/tax-rates",
    { schema: { body: requestTaxRateSchema, response: { 202: approvalIdReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const approvalId = await ask(actor, taxRateApproval as ApprovalKind, request.body.country, request.body);
      return reply.status(202).send({ approvalId });
    },
  );
}
