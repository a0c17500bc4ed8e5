import type { ServiceId } from "@casaforte/kernel";
import { type BillingUnit, listPrices, listTaxRates } from "@casaforte/modules/catalogue";
import type { TenantTx } from "@casaforte/platform/db";
import { type RatedInvoice, rateUsage } from "./rate-usage.ts";
import { selectSettings } from "./store-invoices.ts";
import { tenantVat } from "./vat-check.ts";
import { decideVat, taxOf } from "./vat-decision.ts";

export interface EstimateItem {
  readonly sku: string;
  readonly unit: BillingUnit;
  readonly quantity: bigint;
  /** Started hours or months. */
  readonly count: number;
}

/**
 * What so much usage would cost from now on at today's prices: rated by the function that rates invoices, so for the same
 * usage it is the invoice (R15). A tenant whose VAT is pending sees the Italian rate.
 */
export async function estimate(tx: TenantTx, items: readonly EstimateItem[], nowMs: number): Promise<RatedInvoice> {
  const { usesOss } = await selectSettings(tx);
  const known = await tenantVat(tx, usesOss, nowMs);
  const decision =
    known.treatment === "pending" ? decideVat({ country: "IT", vatNumber: null, check: "not_asked", usesOss }) : known;
  const rates = await listTaxRates(tx);
  return rateUsage({
    units: items.map((item, index) => ({
      id: String(index),
      serviceId: String(index).padStart(4, "0") as ServiceId,
      sku: item.sku,
      unit: item.unit,
      fromMs: nowMs,
      toMs: nowMs,
      quantity: item.quantity * BigInt(item.count),
    })),
    prices: await listPrices(tx),
    taxAt: () => taxOf(decision, rates, nowMs),
    correctionsBeforeMs: Number.NEGATIVE_INFINITY,
  });
}
