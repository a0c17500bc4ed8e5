import type { EInvoice } from "@casaforte/fatturapa";
import { assert, romeIsoDate } from "@casaforte/kernel";
import { type Invoice, invoiceNumber, type LineUnit } from "./invoice.ts";

/**
 * Letters and digits, unlike any other of ours: the year in two digits, the number in base 36, and from the second
 * transmission on a letter.
 */
function progressiveOf(invoice: Invoice, transmission: number): string {
  const year = String((invoice.year ?? 0) % 100).padStart(2, "0");
  const number = (invoice.number ?? 0n).toString(36).toUpperCase().padStart(5, "0");
  assert(transmission >= 1 && transmission <= 26, "an e-invoice is sent a few times at most");
  return `${year}${number}${transmission === 1 ? "" : String.fromCharCode(64 + transmission)}`;
}

const unitNames = { hour: "ore", month: "mesi", once: "n." } as const satisfies Record<LineUnit, string>;

/** An issued invoice as the Italian format says it (R46). Names of the lines are Italian. */
export function eInvoiceOf(invoice: Invoice, credited: Invoice | null, transmission: number): EInvoice {
  const { seller, customer, issuedOn, dueOn } = invoice;
  const number = invoiceNumber(invoice);
  assert(seller && customer && issuedOn && dueOn && number, "only an issued invoice is sent");
  return {
    type: invoice.kind === "invoice" ? "TD01" : "TD04",
    number,
    date: issuedOn,
    progressive: progressiveOf(invoice, transmission),
    seller,
    customer,
    recipientCode: customer.recipientCode,
    certifiedMail: customer.certifiedMail,
    lines: invoice.lines.map((line) => ({
      description: line.descriptionIt,
      quantity: line.quantity,
      unitName: unitNames[line.unit],
      from: romeIsoDate(line.from.getTime()),
      until: romeIsoDate(line.until.getTime() - 1),
      priceMicros: line.priceMicros,
      netCents: line.netCents,
      basisPoints: line.basisPoints,
      nature: line.nature,
    })),
    summaries: invoice.vat.map((vat) => ({
      basisPoints: vat.basisPoints,
      nature: vat.nature,
      netCents: vat.netCents,
      vatCents: vat.vatCents,
      legalReference: vat.legalIt,
    })),
    totalCents: invoice.totalCents,
    credits: credited === null ? null : { number: invoiceNumber(credited) ?? "", date: credited.issuedOn ?? issuedOn },
    payment: invoice.kind === "invoice" ? { dueOn, iban: seller.iban } : null,
  };
}
