import { createHash } from "node:crypto";
import { buildInvoice, invoiceFileName } from "@casaforte/fatturapa";
import {
  type Actor,
  Failure,
  type InvoiceId,
  newId,
  providerTenantId,
  romeDate,
  romeIsoDate,
  romeMidnight,
  type TenantId,
} from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant, type Tenant } from "@casaforte/modules/tenancy";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { refreshDraft } from "./draft-invoice.ts";
import { eInvoiceOf } from "./e-invoice.ts";
import { type Invoice, type InvoiceParty, type InvoiceSeller, invoiceNumber } from "./invoice.ts";
import { billingLimits } from "./limits.ts";
import { splitCents } from "./rate-usage.ts";
import { renderPdf } from "./render-pdf.ts";
import type { BillingServices } from "./services.ts";
import { insertAllocation, insertDue, lockCollection, selectOpenDues } from "./store-collection.ts";
import {
  deleteDraft,
  insertDocument,
  insertDraft,
  isCreditedTwice,
  lockNumbers,
  markIssued,
  selectInvoice,
  selectSettings,
  takeNumber,
} from "./store-invoices.ts";

/** Who sells, read beforehand: a customer's transaction does not reach the provider's row. */
export type Seller = Tenant;

export const readSeller = (tx: OperatorTx): Promise<Seller> => readTenant(tx, providerTenantId);

/** @throws precondition `billing.seller_data`, `billing.customer_data` naming what is missing. */
function partyOf(tenant: Tenant, code: "billing.seller_data" | "billing.customer_data"): InvoiceParty {
  const { name, country, vatNumber, taxCode, address, postalCode, city, province, certifiedMail } = tenant;
  const isItalian = country === "IT";
  const missing = [
    address === null ? "address" : "",
    city === null ? "city" : "",
    postalCode === null || (isItalian && !/^\d{5}$/.test(postalCode)) ? "postalCode" : "",
    isItalian && vatNumber === null && taxCode === null ? "vatNumber" : "",
  ].filter((field) => field !== "");
  if (missing.length > 0 || address === null || city === null || postalCode === null)
    throw new Failure("precondition", code, "data for an invoice are missing", {
      details: { missing: missing.join(", ") },
    });
  return {
    name,
    country,
    vatNumber,
    taxCode,
    address,
    postalCode,
    city,
    province: province !== null && /^[A-Z]{2}$/.test(province) ? province : null,
    certifiedMail,
    recipientCode: tenant.invoiceRecipientCode?.length === 7 ? tenant.invoiceRecipientCode : null,
  };
}

async function sellerOf(tx: TenantTx, seller: Seller): Promise<InvoiceSeller> {
  const { taxRegime, iban } = await selectSettings(tx);
  if (seller.vatNumber === null)
    throw new Failure("precondition", "billing.seller_data", "data for an invoice are missing", {
      details: { missing: "vatNumber" },
    });
  return { ...partyOf(seller, "billing.seller_data"), taxRegime, iban };
}

/** An invoice with everything on it. @throws not_found `billing.not_found`. */
export async function requireInvoice(tx: TenantTx, id: InvoiceId): Promise<Invoice> {
  const invoice = await selectInvoice(tx, id);
  if (invoice === null) throw new Failure("not_found", "billing.not_found", "there is no such invoice");
  return invoice;
}

/**
 * Issues what was used up to an instant: number, date, documents, dues, mail, all in one transaction (R45). Null when
 * there is nothing to pay; what is owed to the customer waits for a later invoice.
 * @throws precondition `billing.vat_pending` (R47), `billing.customer_data`, `billing.seller_data`.
 */
export async function issueInvoice(
  tx: TenantTx,
  actor: Actor,
  input: { readonly untilMs: number; readonly seller: Seller },
  services: BillingServices,
): Promise<Invoice | null> {
  const draft = await refreshDraft(tx, input, services);
  if (draft === null || draft.totalCents <= 0n) return null;
  if (draft.vatTreatment === "pending")
    throw new Failure("precondition", "billing.vat_pending", "the VAT number is not verified yet");
  const issued = await stamp(tx, draft, input.seller, services);
  const { services: ids, dues } = duesOf(issued);
  for (const [index, serviceId] of ids.entries()) await insertDue(tx, issued.id, serviceId, dues[index] ?? 0n);
  await recordAudit(tx, actor, {
    action: "billing.invoice_issued",
    object: { kind: "invoice", id: issued.id },
    details: { number: invoiceNumber(issued), totalCents: String(issued.totalCents) },
  });
  await services.mailBilling(tx, {
    kind: "invoice_issued",
    values: {
      number: invoiceNumber(issued) ?? "",
      totalCents: String(issued.totalCents),
      dueOn: issued.dueOn ?? "",
    },
  });
  return issued;
}

/**
 * Each service's share of the total, by its net (R48). What is given back for one lessens what is owed for the others: who
 * pays the total owes nothing.
 */
export function duesOf(invoice: Pick<Invoice, "lines" | "totalCents">) {
  const nets = new Map<Invoice["lines"][number]["serviceId"], bigint>();
  for (const line of invoice.lines) nets.set(line.serviceId, (nets.get(line.serviceId) ?? 0n) + line.netCents);
  const services = [...nets.keys()];
  return {
    services,
    dues: splitCents(
      invoice.totalCents,
      [...nets.values()].map((cents) => (cents > 0n ? cents : 0n)),
    ),
  };
}

async function stamp(tx: TenantTx, draft: Invoice, seller: Seller, services: BillingServices): Promise<Invoice> {
  const settings = await selectSettings(tx);
  const sellerParty = await sellerOf(tx, seller);
  const customer = partyOf(await readTenant(tx, tx.tenantId), "billing.customer_data");
  const { series } = settings;
  // Last of all that can fail for want of data: from here on others who want a number wait. The day is read only now, so
  // that of two numbers the later never bears the earlier date (R45).
  await lockNumbers(tx, series);
  const nowMs = services.clock.nowMs();
  const today = romeDate(nowMs);
  const dueMs = romeMidnight({ ...today, day: today.day + settings.paymentDays });
  const number = await takeNumber(tx, series, today.year);
  await markIssued(tx, draft.id, {
    series,
    year: today.year,
    number,
    issuedAt: new Date(nowMs),
    issuedOn: romeIsoDate(nowMs),
    dueOn: romeIsoDate(dueMs),
    seller: sellerParty,
    customer,
  });
  const issued = await requireInvoice(tx, draft.id);
  await keepDocuments(tx, issued, services);
  return issued;
}

async function keepDocuments(tx: TenantTx, invoice: Invoice, services: BillingServices): Promise<void> {
  const credited = invoice.credits === null ? null : await requireInvoice(tx, invoice.credits);
  const base = invoiceNumber(invoice) ?? invoice.id;
  for (const language of ["it", "en"] as const)
    await keep(tx, invoice, {
      kind: `pdf_${language}`,
      transmission: 1,
      fileName: `${base}.${language}.pdf`,
      bytes: await renderPdf(invoice, credited, language),
      nowMs: services.clock.nowMs(),
    });
  if (isSentElectronically(invoice)) await keepXml(tx, invoice, credited, 1, services.clock.nowMs());
}

/** Sales under the One-Stop-Shop need no e-invoice (D.P.R. 633/1972, art. 22, first paragraph, n. 6-ter). */
export const isSentElectronically = (invoice: Pick<Invoice, "vatTreatment">): boolean => invoice.vatTreatment !== "oss";

/** Keeps the e-invoice of a transmission. Its progressive is the number's, then a letter for each further try. */
export async function keepXml(
  tx: TenantTx,
  invoice: Invoice,
  credited: Invoice | null,
  transmission: number,
  nowMs: number,
): Promise<void> {
  const eInvoice = eInvoiceOf(invoice, credited, transmission);
  await keep(tx, invoice, {
    kind: "xml",
    transmission,
    fileName: invoiceFileName(eInvoice),
    bytes: buildInvoice(eInvoice),
    nowMs,
  });
}

async function keep(
  tx: TenantTx,
  invoice: Invoice,
  document: {
    kind: "pdf_it" | "pdf_en" | "xml";
    transmission: number;
    fileName: string;
    bytes: Uint8Array;
    nowMs: number;
  },
): Promise<void> {
  const { year, month, day } = romeDate(document.nowMs);
  const keepUntil = romeIsoDate(romeMidnight({ year: year + billingLimits.archiveYears, month, day: day + 1 }));
  await insertDocument(tx, invoice.id, {
    ...document,
    sha256: createHash("sha256").update(document.bytes).digest("hex"),
    madeAt: new Date(document.nowMs),
    keepUntil,
  });
}

/**
 * Takes an issued invoice back by a credit note of the same amount: the only way to change what was issued (R45). What is
 * still open of it is settled by the note. @throws conflict `billing.credited`, precondition `billing.not_issued`.
 */
export async function creditInvoice(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: InvoiceId; readonly reason: string; readonly seller: Seller },
  services: BillingServices,
): Promise<Invoice> {
  // What is open is settled once: by a payment that is being noted, or by the note.
  await lockCollection(tx);
  const original = await requireInvoice(tx, input.id);
  if (original.state !== "issued" || original.kind !== "invoice")
    throw new Failure("precondition", "billing.not_issued", "only an issued invoice is credited");
  const id = newId<InvoiceId>(services.clock, services.random);
  const note: Invoice = {
    ...original,
    id,
    kind: "credit_note",
    state: "draft",
    credits: original.id,
    createdAt: new Date(services.clock.nowMs()),
  };
  try {
    // There is one draft a tenant; the running month's is written again by its job.
    await deleteDraft(tx);
    await insertDraft(tx, note, new Map());
  } catch (error) {
    if (isCreditedTwice(error))
      throw new Failure("conflict", "billing.credited", "this invoice was credited before", { cause: error });
    throw error;
  }
  const issued = await stamp(tx, note, input.seller, services);
  for (const due of await selectOpenDues(tx, original.id))
    if (due.openCents > 0n)
      await insertAllocation(tx, {
        paymentId: null,
        creditId: issued.id,
        invoiceId: original.id,
        serviceId: due.serviceId,
        cents: due.openCents,
      });
  await recordAudit(tx, actor, {
    action: "billing.credit_note_issued",
    object: { kind: "invoice", id: issued.id },
    details: { number: invoiceNumber(issued), credits: invoiceNumber(original), reason: input.reason },
  });
  return issued;
}

/** The tenants whose month is to be billed: told apart from the program's own tenant. */
export const isBilled = (tenantId: TenantId): boolean => tenantId !== providerTenantId;
