import { Readable } from "node:stream";
import {
  budgetSchema,
  costsExportQuerySchema,
  costsReplySchema,
  estimateReplySchema,
  estimateSchema,
  invoiceReplySchema,
  invoicesReplySchema,
  lineUnitsReplySchema,
} from "@casaforte/contract/billing";
import {
  type Actor,
  decimalOfMicros,
  Failure,
  type InvoiceId,
  type MailAccountId,
  romeIsoDate,
  romeMidnight,
} from "@casaforte/kernel";
import { csvCell } from "@casaforte/modules/audit";
import { listStoredDays } from "@casaforte/modules/metering";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { openOf } from "./collect.ts";
import { costDays, monthCosts, setBudget } from "./costs.ts";
import { estimate } from "./estimate.ts";
import { requireInvoice } from "./issue-invoice.ts";
import { billingLimits } from "./limits.ts";
import { exchangeState } from "./receipts.ts";
import type { BillingServices } from "./services.ts";
import { selectBudget, selectBudgetAlerts, selectOpenDues, selectPayments } from "./store-collection.ts";
import { selectDocument, selectDocuments, selectHeads, selectLineUnits } from "./store-invoices.ts";
import { headView, invoiceView, lineUnitView, monthView, vatView } from "./views.ts";

export interface BillingHttpServices extends BillingServices {
  /** @throws unauthenticated, forbidden. */
  user(request: unknown, access: "read" | "write"): Promise<Extract<Actor, { kind: "user" }>>;
  /** Addresses of mail accounts, of deleted ones too; those gone for good are left out. Wired by the composition root. */
  addressesOfMail(tx: TenantTx, ids: readonly MailAccountId[]): Promise<ReadonlyMap<string, string>>;
  /** Who may order may estimate. @throws unauthenticated, forbidden. */
  buyer(request: unknown, access: "read"): Promise<Extract<Actor, { kind: "user" }>>;
}

const params = z.strictObject({ id: z.uuid() });
const documentKinds = ["pdf_it", "pdf_en", "xml"] as const;
const civil = (text: string, plusDays = 0) => {
  const [year = 0, month = 1, day = 1] = text.split("-").map(Number);
  return romeMidnight({ year, month, day: day + plusDays });
};

/** An invoice with what stands around it. */
export async function wholeInvoice(tx: TenantTx, id: InvoiceId) {
  const invoice = await requireInvoice(tx, id);
  return invoiceView(invoice, {
    openCents: Number(await openOf(tx, id)),
    exchange: await exchangeState(tx, id),
    payments: (await selectPayments(tx, id)).map((payment) => ({
      cents: Number(payment.cents),
      paidOn: payment.paidOn,
      method: payment.method,
      reference: payment.reference,
    })),
    documents: (await selectDocuments(tx, id)).map(({ kind, fileName, sha256, keepUntil }) => ({
      kind,
      fileName,
      sha256,
      keepUntil,
    })),
  });
}

/** Costs, budget, estimates and invoices, for the customer console (R15, R41–R49). */
export function registerBillingRoutes(app: Face, services: BillingHttpServices): void {
  const { db, clock } = services;

  app.post(
    "/api/estimates",
    { schema: { body: estimateSchema, response: { 200: estimateReplySchema } } },
    async (request) => {
      const actor = await services.buyer(request, "read");
      const items = request.body.items.map((item) => ({ ...item, quantity: BigInt(item.quantity) }));
      const rated = await db.tenant(actor.tenantId, (tx) => estimate(tx, items, clock.nowMs()), { readOnly: true });
      return {
        lines: rated.lines.map((line) => ({
          sku: line.sku,
          unit: line.unit,
          quantity: Number(line.quantity),
          priceMicros: Number(line.priceMicros),
          netCents: Number(line.netCents),
          basisPoints: Number(line.basisPoints),
        })),
        vat: rated.vat.map(vatView),
        netCents: Number(rated.netCents),
        vatCents: Number(rated.vatCents),
        totalCents: Number(rated.totalCents),
      };
    },
  );

  app.get("/api/costs", { schema: { response: { 200: costsReplySchema } } }, async (request) => {
    const actor = await services.user(request, "read");
    const nowMs = clock.nowMs();
    return db.tenant(
      actor.tenantId,
      async (tx) => {
        const costs = await monthCosts(tx, nowMs);
        const budget = await selectBudget(tx);
        return {
          ...monthView(costs, nowMs),
          days: (await costDays(tx, costs.fromMs, costs.untilMs)).map((day) => ({
            ...day,
            quantity: Number(day.quantity),
            micros: Number(day.micros),
          })),
          stored: (await listStoredDays(tx, { fromMs: costs.fromMs, untilMs: costs.untilMs })).map((day) => ({
            day: day.day,
            subjectId: day.subjectId,
            byteHours: Number(day.byteSeconds / 3_600n),
          })),
          budgetCents: budget === null ? null : Number(budget),
          alerts: (await selectBudgetAlerts(tx, romeIsoDate(costs.fromMs))).map((alert) => ({
            percent: alert.percent,
            at: alert.at.toISOString(),
          })),
        };
      },
      { readOnly: true },
    );
  });

  app.get("/api/costs/export", { schema: { querystring: costsExportQuerySchema } }, async (request, reply) => {
    const actor = await services.user(request, "read");
    const { from, to } = request.query;
    const [fromMs, untilMs] = [civil(from), civil(to, 1)];
    if (untilMs - fromMs > 400 * 86_400_000)
      throw new Failure("invalid", "http.validation", "at most four hundred days at once");
    const days = await db.tenant(actor.tenantId, (tx) => costDays(tx, fromMs, untilMs), { readOnly: true });
    const rows = [
      ["day", "service_id", "service", "started_units", "net_eur"],
      ...days.map((day) => [day.day, day.serviceId, day.label, String(day.quantity), decimalOfMicros(day.micros)]),
    ];
    reply.header("content-disposition", `attachment; filename="usage-${from}-${to}.csv"`);
    reply.type("text/csv; charset=utf-8");
    return reply.send(Readable.from(rows.map((row) => `${row.map(csvCell).join(",")}\r\n`)));
  });

  app.put("/api/budget", { schema: { body: budgetSchema, response: { 204: z.null() } } }, async (request, reply) => {
    const actor = await services.user(request, "write");
    const { monthlyCents } = request.body;
    const budget = monthlyCents === null ? null : BigInt(monthlyCents);
    await db.tenant(actor.tenantId, (tx) => setBudget(tx, actor, budget, clock.nowMs()));
    return reply.status(204).send(null);
  });

  app.get("/api/invoices", { schema: { response: { 200: invoicesReplySchema } } }, async (request) => {
    const actor = await services.user(request, "read");
    return db.tenant(
      actor.tenantId,
      async (tx) => {
        const dues = await selectOpenDues(tx, null);
        return {
          invoices: (await selectHeads(tx, billingLimits.invoicesListed)).map((head) => {
            const own = dues.filter((due) => due.invoiceId === head.id);
            const openCents = Number(own.reduce((sum, due) => sum + due.openCents, 0n));
            return { ...headView(head), openCents, step: Math.max(0, ...own.map((due) => due.step)) };
          }),
        };
      },
      { readOnly: true },
    );
  });

  app.get("/api/invoices/:id", { schema: { params, response: { 200: invoiceReplySchema } } }, async (request) => {
    const actor = await services.user(request, "read");
    return db.tenant(actor.tenantId, (tx) => wholeInvoice(tx, request.params.id as InvoiceId), { readOnly: true });
  });

  app.get(
    "/api/invoices/:id/lines/:line",
    {
      schema: {
        params: z.strictObject({ id: z.uuid(), line: z.string().max(40) }),
        response: { 200: lineUnitsReplySchema },
      },
    },
    async (request) => {
      const actor = await services.user(request, "read");
      const { id } = request.params;
      const line = /^[1-9]\d{0,3}$/.test(request.params.line) ? Number(request.params.line) : 0;
      const units = await db.tenant(
        actor.tenantId,
        async (tx) => {
          await requireInvoice(tx, id as InvoiceId);
          return selectLineUnits(tx, id as InvoiceId, line, billingLimits.lineUnitsListed);
        },
        { readOnly: true },
      );
      return {
        units: units.map(lineUnitView),
      };
    },
  );

  app.get(
    "/api/invoices/:id/documents/:kind",
    { schema: { params: z.strictObject({ id: z.uuid(), kind: z.string().max(40) }) } },
    async (request, reply) => {
      const actor = await services.user(request, "read");
      const { id } = request.params;
      const kind = documentKinds.find((each) => each === request.params.kind);
      if (kind === undefined) throw new Failure("not_found", "billing.not_found", "there is no such document");
      const document = await db.tenant(actor.tenantId, (tx) => selectDocument(tx, id as InvoiceId, kind), {
        readOnly: true,
      });
      if (document === null) throw new Failure("not_found", "billing.not_found", "there is no such document");
      reply.header("content-disposition", `attachment; filename="${document.fileName}"`);
      reply.type(kind === "xml" ? "application/xml; charset=utf-8" : "application/pdf");
      return reply.send(document.bytes);
    },
  );
}
