import type { InvoiceReply } from "@casaforte/contract/billing";
import { transferCode, transferFor } from "./bank-transfer.ts";
import { type Invoice, type InvoiceHead, invoiceNumber, type StoredLine } from "./invoice.ts";
import type { RatedLine, VatLine } from "./rate-usage.ts";

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

export const vatView = (vat: VatLine) => ({
  basisPoints: Number(vat.basisPoints),
  nature: vat.nature,
  netCents: Number(vat.netCents),
  vatCents: Number(vat.vatCents),
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
