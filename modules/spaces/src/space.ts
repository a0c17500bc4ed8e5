import type { SiteId, SpaceId, TenantId } from "@casaforte/kernel";

export type SpaceState = "active" | "suspended" | "deleted";
/** `second_location`: the provider keeps a second copy at the site's second location (R28). */
export type ReplicaPlan = "none" | "second_location";
export type Threshold = 0 | 80 | 90 | 95;

/** A customer's storage space at a site. Counters are exact: they move in the transaction that moves the bytes. */
export interface Space {
  readonly tenantId: TenantId;
  readonly id: SpaceId;
  readonly siteId: SiteId;
  readonly name: string;
  readonly quotaBytes: bigint;
  readonly bandwidthBytesPerSecond: bigint | null;
  readonly replicaPlan: ReplicaPlan;
  readonly lockDays: number;
  readonly state: SpaceState;
  /** Of committed files. */
  readonly usedBytes: bigint;
  /** Of parts of open uploads. */
  readonly pendingBytes: bigint;
  /** Of objects and block maps; held by the reserve, not by the quota. */
  readonly metadataBytes: bigint;
  readonly threshold: Threshold;
  readonly createdAt: Date;
}

/** A datacentre with its jurisdiction. */
export interface Site {
  readonly id: SiteId;
  readonly name: string;
  readonly country: string;
  readonly jurisdictionIt: string;
  readonly jurisdictionEn: string;
  readonly open: boolean;
  readonly capacityBytes: bigint | null;
  /** The second location, where copies can be kept; null when the site has none. */
  readonly replicaName: string | null;
  /** Sum of the quotas of the spaces there. */
  readonly guaranteedBytes: bigint;
}
