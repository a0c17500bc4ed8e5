export { buildInvoice, invoiceFileName } from "./build-invoice.ts";
export type { EInvoice, InvoiceLine, InvoiceSummary, Party } from "./invoice.ts";
export { basicText, latinText } from "./latin-text.ts";
export { xmlLimits } from "./limits.ts";
export { type Receipt, type ReceiptKind, readReceipt } from "./read-receipt.ts";
export { find, readXml, textAt, type XmlElement } from "./read-xml.ts";
export { type InvoiceFinding, invoiceNamespace, validateInvoice } from "./validate-invoice.ts";
