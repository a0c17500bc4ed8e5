export type { Acceptance, Accepted, CatalogueDocument, Concern } from "./document.ts";
export {
  type AcceptDocuments,
  acceptDocuments,
  assertAccepted,
  type PublishDocument,
  pendingDocuments,
  publishDocument,
  requiredDocuments,
} from "./documents.ts";
export { type CatalogueHttpServices, registerCatalogueRoutes } from "./http.ts";
export { catalogueLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export { type OperatorCatalogueServices, registerOperatorCatalogueRoutes } from "./operator-http.ts";
export { type ApprovedPrice, priceApproval, taxRateApproval } from "./price-approvals.ts";
export {
  type PublishSku,
  publishSku,
  type SetPrice,
  type SetTaxRate,
  setPrice,
  setTaxRate,
  withdrawSku,
} from "./publish.ts";
export { listOffers, listPrices, listVersions, type Offer, readVersion, requireOffer } from "./read-catalogue.ts";
export {
  type BillingUnit,
  type Price,
  type Product,
  priceAt,
  type SkuVersion,
  type TaxRate,
  taxRateAt,
  type Words,
} from "./sku.ts";
export { selectAcceptances as listAcceptances, selectTaxRates as listTaxRates } from "./store.ts";
export { documentView, offerView } from "./views.ts";
