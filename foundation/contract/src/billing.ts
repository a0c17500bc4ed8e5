import { z } from "zod";
import { billingUnitSchema, microsSchema, skuIdSchema } from "./catalogue.ts";
import { instantSchema } from "./time.ts";

/** Cents; whole, may be negative. */
const cents = z.int();
const civilDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const treatmentSchema = z.enum(["domestic", "reverse_charge", "oss", "eu_consumer", "outside_eu", "pending"]);

/** `once`: a charge that was quoted and accepted (R70). */
const lineUnitSchema = z.enum([...billingUnitSchema.options, "once"]);

const ratedLineSchema = z.object({
  descriptionIt: z.string(),
  descriptionEn: z.string(),
  serviceId: z.uuid(),
  unit: lineUnitSchema,
  from: instantSchema,
  until: instantSchema,
  quantity: z.int(),
  priceMicros: microsSchema,
  netCents: cents,
  basisPoints: z.int(),
  nature: z.string().nullable(),
  isCorrection: z.boolean(),
});
const vatSchema = z.object({ basisPoints: z.int(), nature: z.string().nullable(), netCents: cents, vatCents: cents });

/** POST /api/estimates: what so many started units would cost, by the very rule that invoices use (R15). */
export const estimateSchema = z.strictObject({
  items: z
    .array(
      z.strictObject({
        sku: skuIdSchema,
        unit: billingUnitSchema,
        quantity: z.int().min(1).max(1_000_000),
        /** Started hours or months. */
        count: z.int().min(1).max(100_000),
      }),
    )
    .min(1)
    .max(50),
});
export const estimateReplySchema = z.object({
  lines: z.array(
    z.object({
      sku: z.string(),
      unit: billingUnitSchema,
      quantity: z.int(),
      priceMicros: microsSchema,
      netCents: cents,
      basisPoints: z.int(),
    }),
  ),
  vat: z.array(vatSchema),
  netCents: cents,
  vatCents: cents,
  totalCents: cents,
});
export type EstimateReply = z.infer<typeof estimateReplySchema>;

/** GET /api/tenants/:id/month, for operators: what the running month has cost its customer so far, and will cost (R44). */
export const monthReplySchema = z.object({
  from: instantSchema,
  until: instantSchema,
  readAt: instantSchema,
  lines: z.array(ratedLineSchema),
  netCents: cents,
  vatCents: cents,
  totalCents: cents,
  forecastNetCents: cents,
  vatTreatment: treatmentSchema,
});
export type MonthReply = z.infer<typeof monthReplySchema>;
/** GET /api/costs: the same with its days, for the customer (R44). */
export const costsReplySchema = monthReplySchema.extend({
  days: z.array(
    z.object({
      day: civilDate,
      serviceId: z.uuid(),
      label: z.string(),
      /** Started units times quantity. */
      quantity: z.int(),
      micros: z.int(),
    }),
  ),
  stored: z.array(z.object({ day: civilDate, subjectId: z.uuid(), byteHours: z.int() })),
  budgetCents: cents.nullable(),
  alerts: z.array(z.object({ percent: z.int(), at: instantSchema })),
});
export type CostsReply = z.infer<typeof costsReplySchema>;
/** GET /api/costs/export: days as CSV; both dates included. */
export const costsExportQuerySchema = z.strictObject({ from: civilDate, to: civilDate });
/** PUT /api/budget: net, a month; null takes it away. */
export const budgetSchema = z.strictObject({ monthlyCents: cents.min(1).max(100_000_000_000).nullable() });

const invoiceHeadSchema = z.object({
  id: z.uuid(),
  kind: z.enum(["invoice", "credit_note"]),
  state: z.enum(["draft", "issued"]),
  /** Null while a draft. */
  number: z.string().nullable(),
  issuedOn: civilDate.nullable(),
  dueOn: civilDate.nullable(),
  until: instantSchema,
  netCents: cents,
  vatCents: cents,
  totalCents: cents,
  vatTreatment: treatmentSchema,
});
const exchangeSchema = z.enum(["not_sent", "sent", "delivered", "rejected", "undeliverable"]);

/** GET /api/invoices: the draft first, then newest first. */
export const invoicesReplySchema = z.object({
  invoices: z.array(invoiceHeadSchema.extend({ openCents: cents, step: z.int() })),
});
export type InvoicesReply = z.infer<typeof invoicesReplySchema>;

/** GET /api/invoices/:id */
export const invoiceReplySchema = invoiceHeadSchema.extend({
  lines: z.array(ratedLineSchema.extend({ line: z.int() })),
  vat: z.array(vatSchema.extend({ legalIt: z.string().nullable(), legalEn: z.string().nullable() })),
  openCents: cents,
  /** How to pay what is open by bank transfer. `code`: the text of its QR code (EPC069-12). */
  transfer: z
    .object({ beneficiary: z.string(), iban: z.string(), reference: z.string(), code: z.string() })
    .nullable()
    .optional(),
  exchange: exchangeSchema,
  credits: z.uuid().nullable(),
  payments: z.array(z.object({ cents, paidOn: civilDate, method: z.string(), reference: z.string() })),
  documents: z.array(
    z.object({
      kind: z.enum(["pdf_it", "pdf_en", "xml"]),
      fileName: z.string(),
      sha256: z.string(),
      keepUntil: civilDate,
    }),
  ),
});
export type InvoiceReply = z.infer<typeof invoiceReplySchema>;

/** GET /api/invoices/:id/lines/:line: the ledger rows behind a line (R41). */
export const lineUnitsReplySchema = z.object({
  units: z.array(
    z.object({
      id: z.uuid(),
      subjectId: z.uuid(),
      from: instantSchema,
      to: instantSchema,
      quantity: z.int(),
      closedAt: instantSchema,
    }),
  ),
});

/**
 * GET /api/billing/invoices/:tenantId/:id/lines/:line for operators (O11): the ledger behind a line, from what happened to the
 * started units, and what rating makes of them now. A dry run: nothing is written.
 */
export const lineCheckReplySchema = z.object({
  line: ratedLineSchema.extend({ line: z.int() }),
  /** Null where the line has more units or events than one look rates again. `priceMicros` is null where the units have two prices. */
  recount: z
    .object({ quantity: z.int(), priceMicros: z.int().nullable(), netCents: cents, isSame: z.boolean() })
    .nullable(),
  units: z.array(
    z.object({
      id: z.uuid(),
      subjectId: z.uuid(),
      from: instantSchema,
      to: instantSchema,
      quantity: z.int(),
      closedAt: instantSchema,
    }),
  ),
  /** Units that are not shown. */
  unitsLeft: z.int(),
  events: z.array(
    z.object({
      subjectId: z.uuid(),
      at: instantSchema,
      kind: z.enum(["started", "changed", "ended"]),
      sku: z.string().nullable(),
      quantity: z.int().nullable(),
    }),
  ),
  /** Earlier ones that are not shown. */
  eventsLeft: z.int(),
  /**
   * Time between two units of one thing; `isExplained`: by its events nothing of this line started in between. None of
   * corrections, which are parts of earlier lines, and where `recount` is null.
   */
  gaps: z.array(
    z.object({
      subjectId: z.uuid(),
      from: instantSchema,
      until: instantSchema,
      isExplained: z.boolean(),
    }),
  ),
});
export type LineCheckReply = z.infer<typeof lineCheckReplySchema>;

/** GET /api/billing/price-preview, for operators (O5): what a price would have made of last month. Nothing is written. */
export const pricePreviewQuerySchema = z.strictObject({
  sku: skuIdSchema,
  unit: billingUnitSchema,
  priceMicros: z.coerce.number().int().min(0).max(1_000_000_000_000),
  validFrom: instantSchema,
  /** Whose invoice is shown; without it the one that is billed most for the plan. One of `largest`. */
  tenantId: z.uuid().optional(),
});
const sumSchema = z.object({ netCents: cents, vatCents: cents, totalCents: cents });
export const pricePreviewSchema = z.object({
  /** `issued`: last month's invoices; `draft`: where none was issued, this month's so far. */
  basis: z.enum(["issued", "draft"]),
  customers: z.int(),
  /** Customers with the plan whose invoice of last month is not issued while others are: in no sum. */
  held: z.int(),
  /** Net of all customers' lines of the plan, as billed and by the new price. */
  beforeCents: cents,
  afterCents: cents,
  largest: z.array(z.object({ tenantId: z.uuid(), name: z.string(), beforeCents: cents, afterCents: cents })),
  /** The price on that day without the change. */
  inForceMicros: microsSchema.nullable(),
  /** One invoice, each line with its price and by the new one; lines of other plans stay. Null where nobody was billed. */
  invoice: z
    .object({
      tenantId: z.uuid(),
      name: z.string(),
      number: z.string().nullable(),
      lines: z.array(ratedLineSchema.extend({ line: z.int(), newPriceMicros: microsSchema, newNetCents: cents })),
      before: sumSchema,
      after: sumSchema,
    })
    .nullable(),
});
export type PricePreviewReply = z.infer<typeof pricePreviewSchema>;

/** GET /api/billing/invoices for operators (O12). */
export const operatorInvoicesSchema = z.object({
  invoices: z.array(
    invoiceHeadSchema.omit({ until: true, netCents: true, vatCents: true }).extend({
      tenantId: z.uuid(),
      tenantName: z.string(),
      openCents: cents,
      step: z.int(),
      exchange: exchangeSchema,
    }),
  ),
});
export type OperatorInvoices = z.infer<typeof operatorInvoicesSchema>;
/** POST /api/billing/invoices/run */
export const runReplySchema = z.object({
  issued: z.int(),
  held: z.array(z.object({ tenantId: z.uuid(), code: z.string() })),
});
/** POST /api/billing/invoices/:tenantId/:id/payments. The key makes a payment that is sent twice count once. */
export const paymentSchema = z.strictObject({
  key: z.string().min(1).max(100),
  cents: cents.min(1),
  paidOn: civilDate,
  method: z.enum(["bank_transfer", "sepa", "card", "other"]),
  reference: z.string().trim().max(140),
  serviceId: z.uuid().nullable().optional(),
});
/** POST /api/billing/invoices/:tenantId/:id/credit */
export const creditSchema = z.strictObject({ reason: z.string().trim().min(3).max(500) });
export const invoiceIdReplySchema = z.object({ id: z.uuid(), number: z.string().nullable() });
/** POST /api/billing/invoices/receipts: a receipt of SdI as it came. */
export const receiptSchema = z.strictObject({ xml: z.string().min(1).max(262_144) });
export const receiptReplySchema = z.object({ kind: z.enum(["delivered", "rejected", "undeliverable"]) });
export const fileNameReplySchema = z.object({ fileName: z.string() });

/** GET /api/billing/archive, for operators: the years that there are, and the last look at the hash list (R49). */
export const archiveReplySchema = z.object({
  years: z.array(z.object({ year: z.int(), invoices: z.int() })),
  lastCheck: z
    .object({
      at: instantSchema,
      documents: z.int(),
      damaged: z.int(),
      /** Null: the first look. */
      isListKept: z.boolean().nullable(),
      isSound: z.boolean(),
    })
    .nullable(),
});
/** GET /api/billing/archive/export: a ZIP; without a year, this one. */
export const archiveQuerySchema = z.strictObject({ year: z.coerce.number().int().min(2000).max(2999).optional() });

/** GET and PUT /api/billing/settings, for operators. */
export const billingSettingsSchema = z.strictObject({
  series: z.string().regex(/^[A-Z0-9]{1,6}$/),
  /** Of the published code list; RF03 was abolished. */
  taxRegime: z.string().regex(/^RF(0[124-9]|1\d|20)$/),
  paymentDays: z.int().min(0).max(120),
  iban: z
    .string()
    .regex(/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/)
    .nullable(),
  usesOss: z.boolean(),
});
