import type { ServiceId } from "@casaforte/kernel";

/** A space's existence, a mail account's existence, the bytes that a space stores. */
export type Meter = "space" | "mail_account" | "stored";
export type BillingUnit = "hour" | "month";

/** What a thing is billed under. `sku` and `skuVersion` are the catalogue's; metering does not look into them. */
export interface UsagePlan {
  readonly serviceId: ServiceId;
  readonly sku: string;
  readonly skuVersion: number;
  readonly quantity: bigint;
  readonly unit: BillingUnit;
  /** Of two plans inside one started unit the higher is billed, so that growing and shrinking within it gains nothing. */
  readonly rank: bigint;
}

/** What happened to a metered thing. A plan of null means that nothing is owed for it. */
export type UsageChange =
  | { readonly kind: "started" | "changed"; readonly plan: UsagePlan | null }
  | { readonly kind: "ended" };

export type UsageMoment = UsageChange & { readonly atMs: number };

/** A started unit (R38). */
export interface StartedUnit {
  readonly fromMs: number;
  readonly toMs: number;
  readonly plan: UsagePlan;
}

export interface StoredDelta {
  readonly atMs: number;
  readonly bytes: bigint;
}
