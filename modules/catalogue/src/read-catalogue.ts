import { Failure } from "@casaforte/kernel";
import type { Tx } from "@casaforte/platform/db";
import { type BillingUnit, nextPrice, onSale, type Price, priceAt, type SkuVersion } from "./sku.ts";
import { selectPrices, selectVersions } from "./store.ts";

/** Something on sale with its prices: what is in force and what is announced. */
export interface Offer extends SkuVersion {
  readonly prices: readonly { readonly unit: BillingUnit; readonly now: Price; readonly next: Price | null }[];
}

const offerOf = (version: SkuVersion, prices: readonly Price[], nowMs: number): Offer => ({
  ...version,
  prices: version.units.flatMap((unit) => {
    const now = priceAt(prices, version.sku, unit, nowMs);
    return now === null ? [] : [{ unit, now, next: nextPrice(prices, version.sku, unit, nowMs) }];
  }),
});

/** Everything on sale now that has a price (R1). */
export async function listOffers(tx: Tx, nowMs: number): Promise<Offer[]> {
  const prices = await selectPrices(tx);
  return onSale(await selectVersions(tx), nowMs)
    .map((version) => offerOf(version, prices, nowMs))
    .filter((offer) => offer.prices.length > 0);
}

/** The very version that an order read. @throws conflict `catalogue.offer_changed` when it is not on sale any more. */
export async function requireOffer(tx: Tx, sku: string, version: number, nowMs: number): Promise<Offer> {
  const offer = (await listOffers(tx, nowMs)).find((each) => each.sku === sku && each.version === version);
  if (offer === undefined)
    throw new Failure("conflict", "catalogue.offer_changed", "this offer has changed; look at it again");
  return offer;
}

/** Any version that was ever published; old ones stay readable (R1). */
export async function readVersion(tx: Tx, sku: string, version: number): Promise<SkuVersion | null> {
  return (await selectVersions(tx)).find((each) => each.sku === sku && each.version === version) ?? null;
}

/** Every version ever published. */
export const listVersions = (tx: Tx): Promise<SkuVersion[]> => selectVersions(tx);
/** Every price ever announced. */
export const listPrices = (tx: Tx): Promise<Price[]> => selectPrices(tx);
