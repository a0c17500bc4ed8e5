import type { InvoiceId, TenantId } from "@casaforte/kernel";
import { type BillingUnit, listPrices, type Price, priceAt } from "@casaforte/modules/catalogue";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { invoicedUntil } from "./draft-invoice.ts";
import type { Invoice, StoredLine } from "./invoice.ts";
import { requireInvoice } from "./issue-invoice.ts";
import { billingLimits } from "./limits.ts";
import { rateUsage, sumUp, type VatLine } from "./rate-usage.ts";
import { countHeld, selectIsIssued, selectPlanLines } from "./store-preview.ts";

/** A price that somebody thinks of, of one unit of quantity for one started unit. */
export interface ThoughtPrice {
  readonly sku: string;
  readonly unit: BillingUnit;
  readonly priceMicros: bigint;
  readonly validFromMs: number;
}

/** One customer's lines of the plan: net as billed, and by the new price. */
export interface PreviewCustomer {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly invoiceId: InvoiceId;
  readonly beforeCents: bigint;
  readonly afterCents: bigint;
}

export interface PricePreview {
  /** `issued`: last month's invoices; `draft`: where none was issued, this month's so far. */
  readonly basis: "issued" | "draft";
  readonly customers: number;
  /** Customers with the plan whose invoice of last month is not issued while others are: in no sum. */
  readonly held: number;
  /** Net of all customers' lines of the plan, as billed and by the new price. */
  readonly beforeCents: bigint;
  readonly afterCents: bigint;
  /** Those who are billed most for the plan, the most first. */
  readonly largest: readonly PreviewCustomer[];
  /** What would be in force on that day without the change; null where it never had a price. */
  readonly inForce: Price | null;
}

/** The lines of one invoice, rated again by the new price where they are of the plan. */
export interface PreviewInvoice {
  readonly invoice: Invoice;
  readonly lines: readonly (StoredLine & { readonly newPriceMicros: bigint; readonly newNetCents: bigint })[];
  readonly vat: readonly VatLine[];
  readonly netCents: bigint;
  readonly vatCents: bigint;
  readonly totalCents: bigint;
}

/**
 * What a new price would have made of last month's invoices (O5): each line of the plan is rated again by the rule that rates
 * invoices. A dry run over all customers: nothing is written.
 */
export async function previewPrice(tx: OperatorTx, price: ThoughtPrice, nowMs: number): Promise<PricePreview> {
  const until = new Date(invoicedUntil(nowMs));
  const issuedUntil = (await selectIsIssued(tx, until)) ? until : null;
  const sums = new Map<TenantId, Omit<PreviewCustomer, "name">>();
  for (let page = await readPage(tx, price, issuedUntil, null); ; ) {
    for (const line of page) {
      const { tenantId, invoiceId } = line;
      const before = sums.get(tenantId) ?? { tenantId, invoiceId, beforeCents: 0n, afterCents: 0n };
      sums.set(tenantId, {
        ...before,
        beforeCents: before.beforeCents + line.netCents,
        afterCents: before.afterCents + rateLine(line, price.priceMicros),
      });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < billingLimits.previewPage) break;
    page = await readPage(tx, price, issuedUntil, last);
  }
  const customers = [...sums.values()].sort((a, b) => Number(b.beforeCents - a.beforeCents));
  const largest: PreviewCustomer[] = [];
  for (const customer of customers.slice(0, billingLimits.previewCustomersListed))
    largest.push({ ...customer, name: (await readTenant(tx, customer.tenantId)).name });
  return {
    basis: issuedUntil === null ? "draft" : "issued",
    customers: customers.length,
    held: issuedUntil === null ? 0 : await countHeld(tx, price, issuedUntil),
    beforeCents: customers.reduce((sum, each) => sum + each.beforeCents, 0n),
    afterCents: customers.reduce((sum, each) => sum + each.afterCents, 0n),
    largest,
    inForce: priceAt(await listPrices(tx), price.sku, price.unit, price.validFromMs),
  };
}

const readPage = (
  tx: OperatorTx,
  { sku, unit }: ThoughtPrice,
  issuedUntil: Date | null,
  after: Parameters<typeof selectPlanLines>[2],
) => selectPlanLines(tx, { sku, unit, issuedUntil }, after, billingLimits.previewPage);

/** One invoice line by line, as it is and as it would be, with VAT. @throws not_found `billing.not_found`. */
export async function previewInvoice(tx: TenantTx, id: InvoiceId, price: ThoughtPrice): Promise<PreviewInvoice> {
  const invoice = await requireInvoice(tx, id);
  const lines = invoice.lines.map((line) => {
    const isOfPlan = line.sku === price.sku && line.unit === price.unit && !line.isCorrection;
    return {
      ...line,
      newPriceMicros: isOfPlan ? price.priceMicros : line.priceMicros,
      newNetCents: isOfPlan ? rateLine(line, price.priceMicros) : line.netCents,
    };
  });
  const { vat, netCents, vatCents, totalCents } = sumUp(lines.map((line) => ({ ...line, netCents: line.newNetCents })));
  return { invoice, lines, vat, netCents, vatCents, totalCents };
}

/** Net cents of a line's whole quantity at another price, by the rule that rates usage. */
function rateLine(line: StoredLine, priceMicros: bigint): bigint {
  const { serviceId, sku, unit, quantity, basisPoints, nature } = line;
  // What was charged once has no price that could change.
  if (unit === "once") return line.netCents;
  return rateUsage({
    units: [
      {
        id: String(line.line),
        serviceId,
        sku,
        unit,
        fromMs: line.from.getTime(),
        toMs: line.until.getTime(),
        quantity,
      },
    ],
    prices: [{ sku, unit, priceMicros, validFrom: line.from }],
    taxAt: () => ({ basisPoints, nature }),
    correctionsBeforeMs: Number.NEGATIVE_INFINITY,
  }).netCents;
}
