import {
  billingSettingsSchema,
  creditSchema,
  fileNameReplySchema,
  invoiceIdReplySchema,
  invoiceReplySchema,
  lineCheckReplySchema,
  operatorInvoicesSchema,
  paymentSchema,
  pricePreviewQuerySchema,
  pricePreviewSchema,
  receiptReplySchema,
  receiptSchema,
  runReplySchema,
} from "@casaforte/contract/billing";
import { type Actor, type InvoiceId, type ServiceId, type TenantId, utf8 } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { checkLine } from "./check-line.ts";
import { recordPayment } from "./collect.ts";
import { wholeInvoice } from "./http.ts";
import { invoiceNumber } from "./invoice.ts";
import { creditInvoice, readSeller } from "./issue-invoice.ts";
import { runInvoices } from "./jobs.ts";
import { billingLimits } from "./limits.ts";
import { previewInvoice, previewPrice } from "./preview-price.ts";
import { importReceipt, sendAgain } from "./receipts.ts";
import type { BillingServices } from "./services.ts";
import { selectOperatorInvoices } from "./store-collection.ts";
import { selectSettings, updateSettings } from "./store-invoices.ts";
import { lineCheckView, pricePreviewView } from "./views.ts";

export interface OperatorBillingServices extends BillingServices {
  /** @throws unauthenticated, forbidden. */
  operator(request: unknown, access: "read" | "write"): Promise<Actor>;
}

const params = z.strictObject({ tenantId: z.uuid(), id: z.uuid() });
const invoiceRunTimeoutMs = 10 * 60_000;

/** Invoice runs, payments, credit notes, receipts of SdI (O12). */
export function registerOperatorBillingRoutes(app: Face, services: OperatorBillingServices): void {
  const { db, clock } = services;

  app.get("/api/billing/invoices", { schema: { response: { 200: operatorInvoicesSchema } } }, async (request) => {
    await services.operator(request, "read");
    const rows = await db.operator((tx) => selectOperatorInvoices(tx, billingLimits.invoicesListed), {
      readOnly: true,
    });
    return {
      invoices: rows.map((row) => ({
        id: row.id,
        tenantId: row.tenantId,
        tenantName: row.tenantName,
        kind: row.kind,
        state: row.state,
        number: invoiceNumber(row),
        issuedOn: row.issuedOn,
        dueOn: row.dueOn,
        vatTreatment: row.vatTreatment,
        totalCents: Number(row.totalCents),
        openCents: Number(row.openCents),
        step: row.step,
        exchange: row.transmissions === 0 ? ("not_sent" as const) : (row.receipt ?? ("sent" as const)),
      })),
    };
  });

  app.get(
    "/api/billing/invoices/:tenantId/:id",
    { schema: { params, response: { 200: invoiceReplySchema } } },
    async (request) => {
      await services.operator(request, "read");
      const { tenantId, id } = request.params;
      return db.tenant(tenantId as TenantId, (tx) => wholeInvoice(tx, id as InvoiceId), { readOnly: true });
    },
  );

  app.get(
    "/api/billing/invoices/:tenantId/:id/lines/:line",
    { schema: { params: params.extend({ line: z.string().max(40) }), response: { 200: lineCheckReplySchema } } },
    async (request) => {
      await services.operator(request, "read");
      const { tenantId, id } = request.params;
      const line = /^[1-9]\d{0,3}$/.test(request.params.line) ? Number(request.params.line) : 0;
      const check = (tx: TenantTx) => checkLine(tx, id as InvoiceId, line);
      return lineCheckView(await db.tenant(tenantId as TenantId, check, { readOnly: true }));
    },
  );

  app.get(
    "/api/billing/price-preview",
    { schema: { querystring: pricePreviewQuerySchema, response: { 200: pricePreviewSchema } } },
    async (request) => {
      await services.operator(request, "read");
      const { tenantId, ...asked } = request.query;
      const price = {
        ...{ sku: asked.sku, unit: asked.unit, priceMicros: BigInt(asked.priceMicros) },
        validFromMs: Date.parse(asked.validFrom),
      };
      const preview = await db.operator((tx) => previewPrice(tx, price, clock.nowMs()), { readOnly: true });
      const customer = preview.largest.find((each) => tenantId === undefined || each.tenantId === tenantId);
      if (customer === undefined) return pricePreviewView(preview, null);
      const read = (tx: TenantTx) => previewInvoice(tx, customer.invoiceId, price);
      return pricePreviewView(preview, {
        customer,
        preview: await db.tenant(customer.tenantId, read, { readOnly: true }),
      });
    },
  );

  app.post("/api/billing/invoices/run", { schema: { response: { 200: runReplySchema } } }, async (request) => {
    const actor = await services.operator(request, "write");
    const { issued, held } = await runInvoices(services, actor, AbortSignal.timeout(invoiceRunTimeoutMs));
    return { issued, held: held.map((each) => ({ ...each })) };
  });

  app.post(
    "/api/billing/invoices/:tenantId/:id/payments",
    { schema: { params, body: paymentSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { tenantId, id } = request.params;
      const { cents, serviceId, ...rest } = request.body;
      const input = {
        ...rest,
        invoiceId: id as InvoiceId,
        cents: BigInt(cents),
        serviceId: (serviceId ?? null) as ServiceId | null,
      };
      await db.tenant(tenantId as TenantId, (tx) => recordPayment(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/billing/invoices/:tenantId/:id/credit",
    { schema: { params, body: creditSchema, response: { 201: invoiceIdReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { tenantId, id } = request.params;
      const seller = await db.operator((tx) => readSeller(tx), { readOnly: true });
      const note = await db.tenant(tenantId as TenantId, (tx) =>
        creditInvoice(tx, actor, { id: id as InvoiceId, reason: request.body.reason, seller }, services),
      );
      return reply.status(201).send({ id: note.id, number: invoiceNumber(note) });
    },
  );

  app.post(
    "/api/billing/invoices/:tenantId/:id/transmissions",
    { schema: { params, response: { 201: fileNameReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { tenantId, id } = request.params;
      const fileName = await db.tenant(tenantId as TenantId, (tx) => sendAgain(tx, actor, id as InvoiceId, services));
      return reply.status(201).send({ fileName });
    },
  );

  app.post(
    "/api/billing/invoices/receipts",
    { schema: { body: receiptSchema, response: { 200: receiptReplySchema } } },
    async (request) => {
      const actor = await services.operator(request, "write");
      return { kind: await importReceipt(actor, utf8(request.body.xml), services) };
    },
  );

  app.get("/api/billing/settings", { schema: { response: { 200: billingSettingsSchema } } }, async (request) => {
    await services.operator(request, "read");
    return db.operator((tx) => selectSettings(tx), { readOnly: true });
  });

  app.put(
    "/api/billing/settings",
    { schema: { body: billingSettingsSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      await db.operator(async (tx) => {
        const before = await selectSettings(tx);
        await updateSettings(tx, request.body, new Date(clock.nowMs()));
        await recordAudit(tx, actor, {
          action: "billing.settings_changed",
          object: { kind: "settings", id: "billing" },
          details: { before: { ...before }, after: { ...request.body } },
        });
      });
      return reply.status(204).send(null);
    },
  );
}
