import type { Party } from "@casaforte/fatturapa";
import type { InvoiceId, ServiceId } from "@casaforte/kernel";
import type { BillingUnit } from "@casaforte/modules/catalogue";
import type { VatTreatment } from "./vat-decision.ts";

/** Somebody on an invoice as they were when it was issued. */
export interface InvoiceParty extends Party {
  readonly certifiedMail: string | null;
  readonly recipientCode: string | null;
}
export interface InvoiceSeller extends InvoiceParty {
  readonly taxRegime: string;
  readonly iban: string | null;
}

export interface InvoiceHead {
  readonly id: InvoiceId;
  readonly kind: "invoice" | "credit_note";
  readonly state: "draft" | "issued";
  readonly series: string | null;
  readonly year: number | null;
  readonly number: bigint | null;
  readonly until: Date;
  readonly issuedAt: Date | null;
  /** `YYYY-MM-DD`. */
  readonly issuedOn: string | null;
  readonly dueOn: string | null;
  readonly credits: InvoiceId | null;
  readonly seller: InvoiceSeller | null;
  readonly customer: InvoiceParty | null;
  readonly vatTreatment: VatTreatment;
  readonly netCents: bigint;
  readonly vatCents: bigint;
  readonly totalCents: bigint;
  readonly createdAt: Date;
}

/** Of what a line's quantity is: started hours or months, or a charge of its own (R70). */
export type LineUnit = BillingUnit | "once";

export interface StoredLine {
  readonly line: number;
  /** The service that is billed; of a charge, its own id. */
  readonly serviceId: ServiceId;
  readonly sku: string;
  readonly unit: LineUnit;
  readonly descriptionIt: string;
  readonly descriptionEn: string;
  readonly from: Date;
  readonly until: Date;
  readonly quantity: bigint;
  readonly priceMicros: bigint;
  readonly netCents: bigint;
  readonly basisPoints: bigint;
  readonly nature: string | null;
  readonly isCorrection: boolean;
}

export interface StoredVat {
  readonly basisPoints: bigint;
  readonly nature: string | null;
  readonly netCents: bigint;
  readonly vatCents: bigint;
  readonly legalIt: string | null;
  readonly legalEn: string | null;
}

export interface Invoice extends InvoiceHead {
  readonly lines: readonly StoredLine[];
  readonly vat: readonly StoredVat[];
}

/** `CF-2026-17`: series, year and number; null while a draft. */
export const invoiceNumber = ({
  series,
  year,
  number,
}: Pick<InvoiceHead, "series" | "year" | "number">): string | null =>
  series === null || year === null || number === null ? null : `${series}-${year}-${number}`;

/** The provider's own side. */
export interface BillingSettings {
  readonly series: string;
  readonly taxRegime: string;
  readonly paymentDays: number;
  readonly iban: string | null;
  readonly usesOss: boolean;
}
