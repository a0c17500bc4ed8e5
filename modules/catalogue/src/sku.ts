export type Product = "backup" | "mail";
export type BillingUnit = "hour" | "month";
/** Shared: the quantity is guaranteed, the speed is not (R5). Reserved: the host is the customer's alone. */
export type HostUse = "shared" | "reserved";

export interface Words {
  readonly it: string;
  readonly en: string;
}

/** One version of something sold, as it is read and ordered (R1). */
export interface SkuVersion {
  readonly sku: string;
  readonly version: number;
  readonly product: Product;
  readonly name: Words;
  readonly description: Words;
  readonly siteId: string | null;
  /** Of one unit of quantity; null for mail. */
  readonly capacityBytes: bigint | null;
  readonly bandwidthBytesPerSecond: bigint | null;
  readonly replicaPlan: string;
  readonly hostUse: HostUse;
  readonly ipAddresses: number;
  readonly quantityMax: bigint;
  /** By what it may be billed: the billing modes. */
  readonly units: readonly BillingUnit[];
  readonly validFrom: Date;
  readonly soldUntil: Date | null;
}

/** Of one unit of quantity for one started unit, without tax. */
export interface Price {
  readonly sku: string;
  readonly unit: BillingUnit;
  readonly validFrom: Date;
  readonly priceMicros: bigint;
}

export interface TaxRate {
  readonly country: string;
  readonly validFrom: Date;
  readonly basisPoints: bigint;
}

/** The price in force at an instant: the latest that is valid by then. Null when nothing was sold yet. */
export function priceAt(prices: readonly Price[], sku: string, unit: BillingUnit, atMs: number): Price | null {
  return latest(
    prices.filter((price) => price.sku === sku && price.unit === unit),
    atMs,
  );
}

/** The next price that is announced but not in force yet (R43). */
export function nextPrice(prices: readonly Price[], sku: string, unit: BillingUnit, atMs: number): Price | null {
  return (
    prices
      .filter((price) => price.sku === sku && price.unit === unit && price.validFrom.getTime() > atMs)
      .sort((a, b) => a.validFrom.getTime() - b.validFrom.getTime())[0] ?? null
  );
}

/** The tax rate of a country at an instant; null when none is known. */
export const taxRateAt = (rates: readonly TaxRate[], country: string, atMs: number): TaxRate | null =>
  latest(
    rates.filter((rate) => rate.country === country),
    atMs,
  );

function latest<T extends { readonly validFrom: Date }>(all: readonly T[], atMs: number): T | null {
  let found: T | null = null;
  for (const each of all)
    if (each.validFrom.getTime() <= atMs && (found === null || each.validFrom > found.validFrom)) found = each;
  return found;
}

/** Of each thing the newest version that is valid and still sold. */
export function onSale(versions: readonly SkuVersion[], atMs: number): SkuVersion[] {
  const newest = new Map<string, SkuVersion>();
  for (const each of versions)
    if (each.validFrom.getTime() <= atMs && (newest.get(each.sku)?.version ?? 0) < each.version)
      newest.set(each.sku, each);
  return [...newest.values()].filter((each) => each.soldUntil === null || each.soldUntil.getTime() > atMs);
}
