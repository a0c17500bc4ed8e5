import type { DocumentReply, OfferReply } from "@casaforte/contract/catalogue";
import type { CatalogueDocument } from "./document.ts";
import type { Offer } from "./read-catalogue.ts";
import type { SkuVersion } from "./sku.ts";

const numberOrNull = (value: bigint | null): number | null => (value === null ? null : Number(value));

export const skuView = (version: SkuVersion) => ({
  sku: version.sku,
  version: version.version,
  product: version.product,
  name: { ...version.name },
  description: { ...version.description },
  siteId: version.siteId,
  capacityBytes: numberOrNull(version.capacityBytes),
  bandwidthBytesPerSecond: numberOrNull(version.bandwidthBytesPerSecond),
  replicaPlan: version.replicaPlan,
  hostUse: version.hostUse,
  ipAddresses: version.ipAddresses,
  quantityMax: Number(version.quantityMax),
});

/** An offer as the contract says it. */
export const offerView = (offer: Offer): OfferReply => ({
  ...skuView(offer),
  prices: offer.prices.map(({ unit, now, next }) => ({
    unit,
    priceMicros: Number(now.priceMicros),
    validFrom: now.validFrom.toISOString(),
    next: next && { priceMicros: Number(next.priceMicros), validFrom: next.validFrom.toISOString() },
  })),
});

export const documentView = (document: CatalogueDocument): DocumentReply => ({
  ...document,
  validFrom: document.validFrom.toISOString(),
});
