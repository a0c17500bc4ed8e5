import { type InvoiceId, newId, romeMonthStart, type ServiceId } from "@casaforte/kernel";
import { listPrices, listTaxRates, listVersions } from "@casaforte/modules/catalogue";
import { listServices } from "@casaforte/modules/orders";
import type { TenantTx } from "@casaforte/platform/db";
import type { Invoice, LineUnit, StoredLine } from "./invoice.ts";
import { type RatedInvoice, type RatedLine, type RatedUnit, rateUsage, sumUp } from "./rate-usage.ts";
import type { BillingServices } from "./services.ts";
import { selectUnbilledCharges } from "./store-charges.ts";
import { deleteDraft, insertDraft, selectBilledUntil, selectSettings, selectUnbilled } from "./store-invoices.ts";
import { tenantVat } from "./vat-check.ts";
import { taxOf, type VatDecision } from "./vat-decision.ts";

export interface Rated extends RatedInvoice {
  readonly decision: VatDecision;
  readonly lines: readonly (RatedLine & Described)[];
}

interface Described {
  readonly descriptionIt: string;
  readonly descriptionEn: string;
}

/** Rates ledger rows as this tenant is billed: prices, VAT, names of its services. */
export async function rateForTenant(
  tx: TenantTx,
  units: readonly RatedUnit[],
  nowMs: number,
  correctionsBeforeMs = Number.NEGATIVE_INFINITY,
): Promise<Rated> {
  const settings = await selectSettings(tx);
  const decision = await tenantVat(tx, settings.usesOss, nowMs);
  const rates = await listTaxRates(tx);
  const rated = rateUsage({
    units,
    prices: await listPrices(tx),
    taxAt: (atMs) => taxOf(decision, rates, atMs),
    correctionsBeforeMs,
  });
  const describe = await descriptions(tx);
  return { ...rated, decision, lines: rated.lines.map((line) => ({ ...line, ...describe(line) })) };
}

/** `Spazio 100 GB «Ufficio», ore iniziate`. */
async function descriptions(tx: TenantTx): Promise<(line: RatedLine) => Described> {
  const services = await listServices(tx);
  const versions = await listVersions(tx);
  return (line) => {
    const service = services.find((each) => each.id === line.serviceId);
    const version = versions.findLast((each) => each.sku === line.sku);
    const label = service ? ` «${service.label}»` : "";
    const it = line.unit === "hour" ? "ore iniziate" : "mesi iniziati";
    const en = line.unit === "hour" ? "started hours" : "started months";
    return {
      descriptionIt: `${version?.name.it ?? line.sku}${label}, ${it}${line.isCorrection ? " (rettifica)" : ""}`,
      descriptionEn: `${version?.name.en ?? line.sku}${label}, ${en}${line.isCorrection ? " (correction)" : ""}`,
    };
  };
}

type DraftLine = Omit<RatedLine, "unit"> & Described & { readonly unit: LineUnit; readonly chargeId: string | null };

/** What was charged once, each a line of its own; taxed as what was done at its time (R70). */
async function chargeLines(tx: TenantTx, decision: VatDecision, until: Date): Promise<DraftLine[]> {
  const charges = await selectUnbilledCharges(tx, until);
  const rates = charges.length > 0 ? await listTaxRates(tx) : [];
  return charges.map(({ id, at, netCents, descriptionIt, descriptionEn }) => ({
    ...taxOf(decision, rates, at.getTime()),
    ...{ descriptionIt, descriptionEn, netCents },
    serviceId: id as string as ServiceId,
    sku: "charge",
    unit: "once",
    fromMs: at.getTime(),
    untilMs: at.getTime() + 1,
    quantity: 1n,
    priceMicros: netCents * 10_000n,
    isCorrection: false,
    unitIds: [],
    chargeId: id,
  }));
}

/**
 * Writes the tenant's one draft anew: everything used or charged before an instant that stands on no issued invoice. Null, and no
 * draft, when there is nothing. What an issued invoice should have had comes as correction lines (R41).
 */
export async function refreshDraft(
  tx: TenantTx,
  input: { readonly untilMs: number },
  services: Pick<BillingServices, "clock" | "random">,
): Promise<Invoice | null> {
  const { clock, random } = services;
  await deleteDraft(tx);
  const units = await selectUnbilled(tx, new Date(input.untilMs));
  const billedUntilMs = (await selectBilledUntil(tx))?.getTime() ?? Number.NEGATIVE_INFINITY;
  const rated = await rateForTenant(tx, units, clock.nowMs(), billedUntilMs);
  const lines: readonly DraftLine[] = [
    ...rated.lines.map((line) => ({ ...line, chargeId: null })),
    ...(await chargeLines(tx, rated.decision, new Date(input.untilMs))),
  ];
  if (lines.length === 0) return null;
  const sum = sumUp(lines);
  const { wording } = rated.decision;
  const invoice: Invoice = {
    id: newId<InvoiceId>(clock, random),
    kind: "invoice",
    state: "draft",
    series: null,
    year: null,
    number: null,
    until: new Date(input.untilMs),
    issuedAt: null,
    issuedOn: null,
    dueOn: null,
    credits: null,
    seller: null,
    customer: null,
    vatTreatment: rated.decision.treatment,
    netCents: sum.netCents,
    vatCents: sum.vatCents,
    totalCents: sum.totalCents,
    createdAt: new Date(clock.nowMs()),
    lines: lines.map(
      (line, index): StoredLine => ({
        line: index + 1,
        serviceId: line.serviceId,
        sku: line.sku,
        unit: line.unit,
        descriptionIt: line.descriptionIt,
        descriptionEn: line.descriptionEn,
        from: new Date(line.fromMs),
        until: new Date(line.untilMs),
        quantity: line.quantity,
        priceMicros: line.priceMicros,
        netCents: line.netCents,
        basisPoints: line.basisPoints,
        nature: line.nature,
        isCorrection: line.isCorrection,
      }),
    ),
    vat: sum.vat.map((vat) => ({ ...vat, legalIt: wording?.it ?? null, legalEn: wording?.en ?? null })),
  };
  await insertDraft(tx, invoice, new Map(lines.map((line, index) => [index + 1, line])));
  return invoice;
}

/** Up to where a month's invoice goes: the start of the month in Rome that runs now. */
export const invoicedUntil = (nowMs: number): number => romeMonthStart(nowMs);
