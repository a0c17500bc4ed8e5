import { z } from "zod";
import { replicaPlanSchema } from "./spaces.ts";
import { instantSchema } from "./time.ts";

const words = z.object({ it: z.string(), en: z.string() });
export const billingUnitSchema = z.enum(["hour", "month"]);
export const productSchema = z.enum(["backup", "mail"]);
/** Millionths of a euro; a whole number below 2^53. */
export const microsSchema = z.int().min(0);

const priceSchema = z.object({
  unit: billingUnitSchema,
  /** Of one unit of quantity for one started unit, without tax. */
  priceMicros: microsSchema,
  validFrom: instantSchema,
  /** An announced change (R43). */
  next: z.object({ priceMicros: microsSchema, validFrom: instantSchema }).nullable(),
});

/** Something on sale, with every attribute that R1 wants described. */
export const offerSchema = z.object({
  sku: z.string(),
  version: z.int(),
  product: productSchema,
  name: words,
  description: words,
  siteId: z.string().nullable(),
  /** Of one unit of quantity. */
  capacityBytes: z.int().nullable(),
  bandwidthBytesPerSecond: z.int().nullable(),
  replicaPlan: z.string(),
  hostUse: z.enum(["shared", "reserved"]),
  ipAddresses: z.int(),
  quantityMax: z.int(),
  prices: z.array(priceSchema),
});
export type OfferReply = z.infer<typeof offerSchema>;

/** GET /api/price-list: public, no session (R1). */
export const priceListSchema = z.object({
  provider: z.string(),
  currency: z.literal("EUR"),
  /** Italian VAT in basis points; null when none is known. Prices are without it. */
  taxBasisPoints: z.int().nullable(),
  readAt: instantSchema,
  sites: z.array(z.object({ id: z.string(), name: z.string(), country: z.string(), jurisdiction: words })),
  offers: z.array(offerSchema),
});
export type PriceList = z.infer<typeof priceListSchema>;

export const documentSchema = z.object({
  id: z.string(),
  version: z.int(),
  language: z.enum(["it", "en"]),
  kind: z.enum(["terms", "charter", "jurisdiction"]),
  product: productSchema.nullable(),
  siteId: z.string().nullable(),
  title: z.string(),
  body: z.string(),
  sha256: z.string(),
  validFrom: instantSchema,
});
export type DocumentReply = z.infer<typeof documentSchema>;

/** What a person says to have read: the very text, by its hash (R6). */
export const acceptedSchema = z.strictObject({
  documentId: z.string().max(60),
  version: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export const acceptedListSchema = z.array(acceptedSchema).max(20);
export type AcceptedDocument = z.infer<typeof acceptedSchema>;

/** GET /api/documents: those in force, both languages, with what this customer accepted and what waits (R72). */
export const documentsReplySchema = z.object({
  documents: z.array(documentSchema),
  acceptances: z.array(
    z.object({
      documentId: z.string(),
      version: z.int(),
      sha256: z.string(),
      principalId: z.string(),
      ip: z.string(),
      at: instantSchema,
    }),
  ),
  /** Ids of documents that concern what this customer has and were not accepted in the version in force. */
  pending: z.array(z.string()),
});
/** POST /api/acceptances */
export const acceptDocumentsSchema = z.strictObject({ accepted: acceptedListSchema.min(1) });

/** GET /api/catalogue, for operators: every version, price and rate (O5). */
export const operatorCatalogueSchema = z.object({
  versions: z.array(
    offerSchema.omit({ prices: true }).extend({
      units: z.array(billingUnitSchema),
      validFrom: instantSchema,
      soldUntil: instantSchema.nullable(),
    }),
  ),
  prices: z.array(
    z.object({
      sku: z.string(),
      unit: billingUnitSchema,
      priceMicros: microsSchema,
      validFrom: instantSchema,
      /** Customers that were written to before it holds (R43); none for a first price. */
      customersTold: z.int().min(0),
    }),
  ),
  taxRates: z.array(z.object({ country: z.string(), basisPoints: z.int(), validFrom: instantSchema })),
  documents: z.array(documentSchema.omit({ body: true })),
});
export type OperatorCatalogue = z.infer<typeof operatorCatalogueSchema>;

const text = (max: number) => z.string().trim().min(1).max(max);
const wordsIn = (max: number) => z.strictObject({ it: text(max), en: text(max) });
export const skuIdSchema = z.string().regex(/^[a-z0-9-]{1,40}$/);

/** POST /api/catalogue/versions */
export const publishSkuSchema = z.strictObject({
  sku: skuIdSchema,
  product: productSchema,
  name: wordsIn(100),
  description: wordsIn(1000),
  siteId: z.string().max(32).nullable(),
  capacityBytes: z.int().min(1_000_000_000).nullable(),
  bandwidthBytesPerSecond: z.int().min(1000).nullable(),
  replicaPlan: replicaPlanSchema,
  hostUse: z.enum(["shared", "reserved"]),
  ipAddresses: z.int().min(0).max(8),
  quantityMax: z.int().min(1).max(1_000_000),
  units: z.array(billingUnitSchema).min(1).max(2),
  validFrom: instantSchema.optional(),
});
export const versionReplySchema = z.object({ version: z.int() });
/** POST /api/catalogue/withdrawals */
export const withdrawSkuSchema = z.strictObject({ sku: skuIdSchema });

/** POST /api/catalogue/prices: asks for a price; a second operator approves it (R91). */
export const requestPriceSchema = z.strictObject({
  sku: skuIdSchema,
  unit: billingUnitSchema,
  priceMicros: microsSchema.max(1_000_000_000_000),
  validFrom: instantSchema,
});
/** POST /api/catalogue/tax-rates: likewise. */
export const requestTaxRateSchema = z.strictObject({
  country: z.string().regex(/^[A-Z]{2}$/),
  basisPoints: z.int().min(0).max(5000),
  validFrom: instantSchema,
});
/** POST /api/catalogue/documents */
export const publishDocumentSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,60}$/),
  kind: z.enum(["terms", "charter"]),
  product: productSchema.nullable(),
  title: wordsIn(200),
  body: wordsIn(50_000),
  validFrom: instantSchema.optional(),
});
