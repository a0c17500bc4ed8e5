import type { InvoiceReply, LineCheckReply, MonthReply, PricePreviewReply } from "@casaforte/contract/billing";
import { transferCode, transferFor } from "./bank-transfer.ts";
import type { LineCheck } from "./check-line.ts";
import type { MonthCosts } from "./costs.ts";
import { type Invoice, type InvoiceHead, invoiceNumber, type StoredLine } from "./invoice.ts";
import { billingLimits } from "./limits.ts";
import type { PreviewCustomer, PreviewInvoice, PricePreview } from "./preview-price.ts";
import type { RatedLine, VatLine } from "./rate-usage.ts";
import type { LineUnit } from "./store-invoices.ts";

export const headView = (head: InvoiceHead) => ({
  id: head.id,
  kind: head.kind,
  state: head.state,
  number: invoiceNumber(head),
  issuedOn: head.issuedOn,
  dueOn: head.dueOn,
  until: head.until.toISOString(),
  netCents: Number(head.netCents),
  vatCents: Number(head.vatCents),
  totalCents: Number(head.totalCents),
  vatTreatment: head.vatTreatment,
});

const figures = (
  line: Pick<RatedLine, "quantity" | "priceMicros" | "netCents" | "basisPoints" | "nature" | "isCorrection">,
) => ({
  quantity: Number(line.quantity),
  priceMicros: Number(line.priceMicros),
  netCents: Number(line.netCents),
  basisPoints: Number(line.basisPoints),
  nature: line.nature,
  isCorrection: line.isCorrection,
});

export const ratedLineView = (line: RatedLine & { descriptionIt: string; descriptionEn: string }) => ({
  ...figures(line),
  descriptionIt: line.descriptionIt,
  descriptionEn: line.descriptionEn,
  serviceId: line.serviceId,
  unit: line.unit,
  from: new Date(line.fromMs).toISOString(),
  until: new Date(line.untilMs).toISOString(),
});

export const storedLineView = (line: StoredLine) => ({
  ...figures(line),
  line: line.line,
  descriptionIt: line.descriptionIt,
  descriptionEn: line.descriptionEn,
  serviceId: line.serviceId,
  unit: line.unit,
  from: line.from.toISOString(),
  until: line.until.toISOString(),
});

export const lineUnitView = (unit: LineUnit) => ({
  ...{ id: unit.id, subjectId: unit.subjectId },
  from: unit.from.toISOString(),
  to: unit.to.toISOString(),
  quantity: Number(unit.quantity),
  closedAt: unit.closedAt.toISOString(),
});

export function lineCheckView({ line, units, moments, gaps, recount }: LineCheck): LineCheckReply {
  const shown = units.slice(0, billingLimits.lineUnitsListed);
  return {
    line: storedLineView(line),
    recount: recount && {
      quantity: Number(recount.quantity),
      priceMicros: recount.priceMicros === null ? null : Number(recount.priceMicros),
      netCents: Number(recount.netCents),
      isSame: recount.isSame,
    },
    units: shown.map(lineUnitView),
    unitsLeft: units.length - shown.length,
    events: moments.slice(-billingLimits.lineMomentsListed).map(({ subjectId, moment }) => {
      const plan = moment.kind === "ended" ? null : moment.plan;
      return {
        ...{ subjectId, kind: moment.kind, at: new Date(moment.atMs).toISOString() },
        sku: plan?.sku ?? null,
        quantity: plan ? Number(plan.quantity) : null,
      };
    }),
    eventsLeft: Math.max(0, moments.length - billingLimits.lineMomentsListed),
    gaps: gaps.map(({ fromMs, untilMs, ...gap }) => ({
      ...gap,
      from: new Date(fromMs).toISOString(),
      until: new Date(untilMs).toISOString(),
    })),
  };
}

const sumView = ({ netCents, vatCents, totalCents }: Pick<Invoice, "netCents" | "vatCents" | "totalCents">) => ({
  netCents: Number(netCents),
  vatCents: Number(vatCents),
  totalCents: Number(totalCents),
});

export const pricePreviewView = (
  { basis, customers, held, largest, inForce, ...sums }: PricePreview,
  shown: { readonly customer: PreviewCustomer; readonly preview: PreviewInvoice } | null,
): PricePreviewReply => ({
  basis,
  customers,
  held,
  beforeCents: Number(sums.beforeCents),
  afterCents: Number(sums.afterCents),
  largest: largest.map(({ tenantId, name, beforeCents, afterCents }) => ({
    ...{ tenantId, name },
    beforeCents: Number(beforeCents),
    afterCents: Number(afterCents),
  })),
  inForceMicros: inForce === null ? null : Number(inForce.priceMicros),
  invoice: shown && {
    ...{ tenantId: shown.customer.tenantId, name: shown.customer.name },
    number: invoiceNumber(shown.preview.invoice),
    lines: shown.preview.lines.map((line) => ({
      ...storedLineView(line),
      newPriceMicros: Number(line.newPriceMicros),
      newNetCents: Number(line.newNetCents),
    })),
    before: sumView(shown.preview.invoice),
    after: sumView(shown.preview),
  },
});

export const vatView = (vat: VatLine) => ({
  basisPoints: Number(vat.basisPoints),
  nature: vat.nature,
  netCents: Number(vat.netCents),
  vatCents: Number(vat.vatCents),
});

/** The running month, as its customer and the operators read it. */
export const monthView = (costs: MonthCosts, readAtMs: number): MonthReply => ({
  from: new Date(costs.fromMs).toISOString(),
  until: new Date(costs.untilMs).toISOString(),
  readAt: new Date(readAtMs).toISOString(),
  lines: costs.lines.map(ratedLineView),
  netCents: Number(costs.netCents),
  vatCents: Number(costs.vatCents),
  totalCents: Number(costs.totalCents),
  forecastNetCents: Number(costs.forecastNetCents),
  vatTreatment: costs.decision.treatment,
});

function transferView(invoice: Invoice, openCents: bigint): InvoiceReply["transfer"] {
  const transfer = transferFor(invoice, openCents);
  if (transfer === null) return null;
  const { beneficiary, iban, reference } = transfer;
  return { beneficiary, iban, reference, code: transferCode(transfer) };
}

export const invoiceView = (
  invoice: Invoice,
  more: Pick<InvoiceReply, "openCents" | "exchange" | "payments" | "documents">,
): InvoiceReply => ({
  ...headView(invoice),
  ...more,
  transfer: transferView(invoice, BigInt(more.openCents)),
  credits: invoice.credits,
  lines: invoice.lines.map(storedLineView),
  vat: invoice.vat.map((vat) => ({ ...vatView(vat), legalIt: vat.legalIt, legalEn: vat.legalEn })),
});
