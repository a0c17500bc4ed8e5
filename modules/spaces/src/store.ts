import type { SiteId, SpaceId, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx, Tx } from "@casaforte/platform/db";
import type { Site, Space, SpaceState, Threshold } from "./space.ts";

export interface SiteRow {
  readonly id: string;
  readonly name: string;
  readonly country: string;
  readonly jurisdictionIt: string;
  readonly jurisdictionEn: string;
  readonly capacityBytes: bigint | null;
  readonly replicaName: string | null;
  readonly position: number;
}

export async function upsertSite(tx: OperatorTx, site: SiteRow, now: Date): Promise<void> {
  await tx.sql`
    insert into spaces_sites (id, name, country, jurisdiction_it, jurisdiction_en, capacity_bytes, replica_name, position, updated_at)
    values (${site.id}, ${site.name}, ${site.country}, ${site.jurisdictionIt}, ${site.jurisdictionEn},
      ${site.capacityBytes}, ${site.replicaName}, ${site.position}, ${now})
    on conflict (id) do update set name = excluded.name, country = excluded.country, open = true,
      jurisdiction_it = excluded.jurisdiction_it, jurisdiction_en = excluded.jurisdiction_en,
      capacity_bytes = excluded.capacity_bytes, replica_name = excluded.replica_name, position = excluded.position, updated_at = excluded.updated_at`;
}

export async function closeSitesExcept(tx: OperatorTx, ids: readonly string[], now: Date): Promise<void> {
  await tx.sql`update spaces_sites set open = false, updated_at = ${now} where open and id <> all(${[...ids]})`;
}

export async function selectSites(tx: Tx): Promise<Site[]> {
  return tx.sql<Site[]>`
    select id, name, country, jurisdiction_it as "jurisdictionIt", jurisdiction_en as "jurisdictionEn", open,
      capacity_bytes as "capacityBytes", replica_name as "replicaName", guaranteed_bytes as "guaranteedBytes"
    from spaces_sites order by position, id`;
}

/** Moves a site's promise; false when it is closed (for growth) or the growth does not fit. */
export async function moveGuarantee(tx: Tx, siteId: SiteId, deltaBytes: bigint): Promise<boolean> {
  const rows = await tx.sql`
    update spaces_sites set guaranteed_bytes = guaranteed_bytes + ${deltaBytes}
    where id = ${siteId} and (${deltaBytes}::bigint <= 0
      or (open and (capacity_bytes is null or guaranteed_bytes + ${deltaBytes} <= capacity_bytes)))
    returning 1`;
  return rows.length === 1;
}

export async function insertSpace(
  tx: TenantTx,
  space: Pick<
    Space,
    "id" | "siteId" | "name" | "quotaBytes" | "bandwidthBytesPerSecond" | "replicaPlan" | "lockDays" | "createdAt"
  >,
): Promise<void> {
  await tx.sql`
    insert into spaces_spaces (tenant_id, id, site_id, name, quota_bytes, bandwidth_bytes_per_second, replica_plan,
      lock_days, created_at, updated_at)
    values (${tx.tenantId}, ${space.id}, ${space.siteId}, ${space.name}, ${space.quotaBytes},
      ${space.bandwidthBytesPerSecond}, ${space.replicaPlan}, ${space.lockDays}, ${space.createdAt}, ${space.createdAt})`;
}

/** Spaces that are not deleted, oldest first. */
export async function selectSpaces(tx: TenantTx): Promise<Space[]> {
  return tx.sql<Space[]>`
    select tenant_id as "tenantId", id, site_id as "siteId", name, quota_bytes as "quotaBytes",
      bandwidth_bytes_per_second as "bandwidthBytesPerSecond", replica_plan as "replicaPlan", lock_days as "lockDays",
      state, used_bytes as "usedBytes", pending_bytes as "pendingBytes", metadata_bytes as "metadataBytes", threshold,
      created_at as "createdAt"
    from spaces_spaces where tenant_id = ${tx.tenantId} and state <> 'deleted' order by created_at, id`;
}

export async function selectSpace(tx: TenantTx, id: SpaceId, lock = false): Promise<Space | null> {
  const [row] = await tx.sql<Space[]>`
    select tenant_id as "tenantId", id, site_id as "siteId", name, quota_bytes as "quotaBytes",
      bandwidth_bytes_per_second as "bandwidthBytesPerSecond", replica_plan as "replicaPlan", lock_days as "lockDays",
      state, used_bytes as "usedBytes", pending_bytes as "pendingBytes", metadata_bytes as "metadataBytes", threshold,
      created_at as "createdAt"
    from spaces_spaces where tenant_id = ${tx.tenantId} and id = ${id} ${lock ? tx.sql`for update` : tx.sql``}`;
  return row ?? null;
}

export async function updateSpace(
  tx: TenantTx,
  id: SpaceId,
  change: {
    readonly name: string;
    readonly quotaBytes: bigint;
    readonly bandwidthBytesPerSecond: bigint | null;
    readonly replicaPlan: Space["replicaPlan"];
    readonly lockDays: number;
    readonly state: SpaceState;
  },
  now: Date,
): Promise<void> {
  await tx.sql`
    update spaces_spaces set name = ${change.name}, quota_bytes = ${change.quotaBytes},
      bandwidth_bytes_per_second = ${change.bandwidthBytesPerSecond}, replica_plan = ${change.replicaPlan}, lock_days = ${change.lockDays},
      state = ${change.state}, updated_at = ${now},
      deleted_at = case when ${change.state} = 'deleted' then ${now}::timestamptz end
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** These living spaces of a tenant take no data, and all others do. Returns those that changed. */
export async function updateStates(
  tx: OperatorTx,
  tenantId: TenantId,
  suspended: "all" | readonly SpaceId[],
  now: Date,
): Promise<{ readonly id: SpaceId; readonly state: "active" | "suspended" }[]> {
  const isSuspended = suspended === "all" ? tx.sql`true` : tx.sql`id = any(${[...suspended]}::uuid[])`;
  return tx.sql<{ id: SpaceId; state: "active" | "suspended" }[]>`
    update spaces_spaces set state = case when ${isSuspended} then 'suspended' else 'active' end, updated_at = ${now}
    where tenant_id = ${tenantId} and state = case when ${isSuspended} then 'active' else 'suspended' end
    returning id, state`;
}

/** Whose living spaces lie at a site; null: at any. */
export async function selectTenantsAtSite(tx: OperatorTx, siteId: SiteId | null): Promise<TenantId[]> {
  const rows = await tx.sql<{ tenantId: TenantId }[]>`
    select distinct tenant_id as "tenantId" from spaces_spaces
    where state <> 'deleted' and (${siteId}::text is null or site_id = ${siteId}) order by 1`;
  return rows.map(({ tenantId }) => tenantId);
}

/** When each space reached the threshold it stands at. */
export async function selectThresholdTimes(tx: TenantTx): Promise<{ id: SpaceId; at: Date }[]> {
  return tx.sql<{ id: SpaceId; at: Date }[]>`
    select id, threshold_at as at from spaces_spaces
    where tenant_id = ${tx.tenantId} and threshold > 0 and threshold_at is not null`;
}

/** Adds to the counters. The conditions are the caller's; a counter below zero is refused by the table. */
export async function addToCounters(
  tx: TenantTx,
  id: SpaceId,
  delta: { readonly used?: bigint; readonly pending?: bigint; readonly metadata?: bigint },
): Promise<void> {
  await tx.sql`
    update spaces_spaces set used_bytes = used_bytes + ${delta.used ?? 0n},
      pending_bytes = pending_bytes + ${delta.pending ?? 0n}, metadata_bytes = metadata_bytes + ${delta.metadata ?? 0n}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Takes room for data if there is any; the row stays locked until the commit, so the sum is exact. */
export async function reservePending(tx: TenantTx, id: SpaceId, bytes: bigint): Promise<boolean> {
  const rows = await tx.sql`
    update spaces_spaces set pending_bytes = pending_bytes + ${bytes}
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'active'
      and used_bytes + pending_bytes + ${bytes} <= quota_bytes returning 1`;
  return rows.length === 1;
}

export async function updateThreshold(tx: TenantTx, id: SpaceId, threshold: Threshold, now: Date): Promise<void> {
  await tx.sql`
    update spaces_spaces set threshold = ${threshold}, threshold_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Sites of all spaces of the tenant, deleted ones too. */
export async function selectUsedSites(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ siteId: string }[]>`
    select distinct site_id as "siteId" from spaces_spaces where tenant_id = ${tx.tenantId} order by 1`;
  return rows.map(({ siteId }) => siteId);
}
