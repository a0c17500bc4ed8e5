import type { ServiceId, SiteId } from "@casaforte/kernel";
import type { BillingUnit, Product } from "@casaforte/modules/catalogue";
import type { UsagePlan } from "@casaforte/modules/metering";

/** Something ordered that runs: a backup space or the tenant's mail. */
export interface Service {
  readonly id: ServiceId;
  readonly product: Product;
  readonly sku: string;
  readonly skuVersion: number;
  readonly quantity: bigint;
  readonly unit: BillingUnit;
  readonly rank: bigint;
  readonly siteId: SiteId;
  /** The space; for mail the service itself. */
  readonly subjectId: string;
  readonly label: string;
  readonly state: "active" | "ended";
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

/** What metering is told. Of mail each account is one. */
export const planOf = (service: Service): UsagePlan => ({
  serviceId: service.id,
  sku: service.sku,
  skuVersion: service.skuVersion,
  quantity: service.product === "mail" ? 1n : service.quantity,
  unit: service.unit,
  rank: service.rank,
});
