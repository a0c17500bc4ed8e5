export { addCharge } from "./add-charge.ts";
export type { AddCharge, ChargeId } from "./charge.ts";
export { checkLine, gapsOf, type LineCheck, type LineGap } from "./check-line.ts";
export {
  isOwed,
  type RecordPayment,
  recordPayment,
  remindDebts,
  reminderStep,
} from "./collect.ts";
export { alertBudget, costDays, type MonthCosts, monthCosts, setBudget } from "./costs.ts";
export { invoicedUntil, refreshDraft } from "./draft-invoice.ts";
export { eInvoiceOf } from "./e-invoice.ts";
export { type EstimateItem, estimate } from "./estimate.ts";
export { type ArchiveManifest, exportArchive } from "./export-archive.ts";
export { type BillingHttpServices, registerBillingRoutes } from "./http.ts";
export { type ArchiveHttpServices, registerArchiveRoutes } from "./http-archive.ts";
export { registerLicenceRoutes } from "./http-licences.ts";
export { invariants } from "./invariants.ts";
export { type BillingSettings, type Invoice, type InvoiceHead, invoiceNumber } from "./invoice.ts";
export { creditInvoice, duesOf, issueInvoice, readSeller, requireInvoice } from "./issue-invoice.ts";
export { jobHandlers, jobSchedules, type RunResult, refreshTenantDraft, runInvoices } from "./jobs.ts";
export { billingLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export { type OperatorBillingServices, registerOperatorBillingRoutes } from "./operator-http.ts";
export {
  type PreviewCustomer,
  type PreviewInvoice,
  type PricePreview,
  previewInvoice,
  previewPrice,
  type ThoughtPrice,
} from "./preview-price.ts";
export {
  type LineTax,
  type RatedInvoice,
  type RatedLine,
  type RatedUnit,
  rateUsage,
  splitCents,
} from "./rate-usage.ts";
export { licencesNow } from "./read-licences.ts";
export { exchangeState, importReceipt, sendAgain } from "./receipts.ts";
export { loadPdfLibrary, renderPdf } from "./render-pdf.ts";
export type { AskVat, BillingMessage, BillingServices, OverdueService, VatAnswer } from "./services.ts";
export { selectOpenDues as listDues } from "./store-collection.ts";
export {
  selectDocument as readDocument,
  selectHeads as listInvoices,
  selectLineUnits as listLineUnits,
} from "./store-invoices.ts";
export { refreshVatCheck } from "./vat-check.ts";
export { decideVat, taxOf, type VatDecision, type VatTreatment } from "./vat-decision.ts";
export { monthView } from "./views.ts";
