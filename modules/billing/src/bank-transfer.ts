import { latinText } from "@casaforte/fatturapa";
import { assert, decimalOfCents } from "@casaforte/kernel";
import { type Invoice, invoiceNumber } from "./invoice.ts";

/** What a customer's bank must be told to pay an invoice. */
export interface BankTransfer {
  readonly beneficiary: string;
  readonly iban: string;
  readonly cents: bigint;
  /** Goes with the payment; by it the payment is found. */
  readonly reference: string;
}

/** The most that a credit transfer of the code may be (EPC069-12, AT-04). */
const transferCentsMax = 99_999_999_999n;

/** Null for what nobody pays by transfer: credit notes, drafts, what is paid, and sellers without an IBAN. */
export function transferFor(invoice: Invoice, openCents: bigint): BankTransfer | null {
  const number = invoiceNumber(invoice);
  const iban = invoice.seller?.iban ?? null;
  if (invoice.kind !== "invoice" || number === null || iban === null) return null;
  if (openCents <= 0n || openCents > transferCentsMax) return null;
  return { beneficiary: latinText(invoice.seller?.name ?? "", 70), iban, cents: openCents, reference: number };
}

/**
 * The text of the QR code that banks' programs fill a SEPA credit transfer from (EPC069-12, version 002: within the European
 * Economic Area the BIC may be left out). UTF-8, lines ended by LF, the reference as unstructured remittance information.
 */
export function transferCode({ beneficiary, iban, cents, reference }: BankTransfer): string {
  const lines = ["BCD", "002", "1", "SCT", "", beneficiary, iban, `EUR${decimalOfCents(cents)}`, "", "", reference];
  const code = lines.join("\n");
  assert(Buffer.byteLength(code) <= 331, "the code has at most 331 bytes");
  return code;
}

/** The squares of its QR code, row by row: error correction M, as the guideline wants. */
export async function transferSquares(code: string): Promise<readonly (readonly boolean[])[]> {
  const { default: qrcode } = await import("qrcode");
  const { modules } = qrcode.create(code, { errorCorrectionLevel: "M" });
  return Array.from({ length: modules.size }, (_, row) =>
    Array.from({ length: modules.size }, (_, column) => modules.get(row, column) !== 0),
  );
}
