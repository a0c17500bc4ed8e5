import type { SiteId, SpaceId, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx, Tx } from "@casaforte/platform/db";

export type HostState = "active" | "draining" | "retired";

/** A storage server; operators' eyes only (R7). */
export interface Host {
  readonly id: string;
  readonly siteId: SiteId;
  readonly name: string;
  readonly rack: string | null;
  readonly serial: string | null;
  readonly state: HostState;
  readonly capacityBytes: bigint;
  readonly allocatedBytes: bigint;
  /** How many spaces have their room there. */
  readonly spaces: number;
}

/** A host as it is noted first: empty and active. */
export type NewHost = Omit<Host, "allocatedBytes" | "state" | "spaces">;

export async function reserveOnHost(
  tx: TenantTx,
  siteId: SiteId,
  bytes: bigint,
): Promise<{ host: string | null; managed: boolean }> {
  const [row] = await tx.sql<{ host: string | null; managed: boolean }[]>`
    select host, managed from placement_reserve(${siteId}, ${bytes})`;
  return row ?? { host: null, managed: true };
}

export async function insertPlacement(
  tx: TenantTx,
  placement: { spaceId: SpaceId; hostId: string; bytes: bigint; placedAt: Date },
): Promise<void> {
  await tx.sql`
    insert into placement_placements (tenant_id, space_id, host_id, bytes, placed_at)
    values (${tx.tenantId}, ${placement.spaceId}, ${placement.hostId}, ${placement.bytes}, ${placement.placedAt})`;
}

/** Locks the placement and moves the host's figure; false when the host has no room. */
export async function resizeOnHost(tx: TenantTx, spaceId: SpaceId, bytes: bigint): Promise<boolean> {
  await tx.sql`
    select 1 from placement_placements where tenant_id = ${tx.tenantId} and space_id = ${spaceId} for update`;
  const [row] = await tx.sql<{ fits: boolean }[]>`
    select placement_resize(${tx.tenantId}, ${spaceId}, ${bytes}) as fits`;
  if (!row?.fits) return false;
  await tx.sql`
    update placement_placements set bytes = ${bytes}
    where tenant_id = ${tx.tenantId} and space_id = ${spaceId} and released_at is null and ${bytes}::bigint > 0`;
  return true;
}

export async function markReleased(tx: TenantTx, spaceId: SpaceId, at: Date): Promise<void> {
  await tx.sql`
    update placement_placements set released_at = ${at}
    where tenant_id = ${tx.tenantId} and space_id = ${spaceId} and released_at is null`;
}

export async function takeAddresses(tx: TenantTx, siteId: SiteId, count: number): Promise<string[]> {
  const rows = await tx.sql<{ address: string }[]>`
    select host(address) as address from placement_take_addresses(${siteId}, ${count}) as address`;
  return rows.map((row) => row.address);
}

export async function insertAllocation(tx: TenantTx, spaceId: SpaceId, address: string, at: Date): Promise<void> {
  await tx.sql`
    insert into placement_allocations (tenant_id, space_id, address, allocated_at)
    values (${tx.tenantId}, ${spaceId}, ${address}::text::inet, ${at})`;
}

export async function freeAddresses(tx: TenantTx, spaceId: SpaceId, at: Date): Promise<void> {
  await tx.sql`select placement_free_addresses(${tx.tenantId}, ${spaceId})`;
  await tx.sql`
    update placement_allocations set released_at = ${at}
    where tenant_id = ${tx.tenantId} and space_id = ${spaceId} and released_at is null`;
}

export async function selectAddresses(tx: TenantTx): Promise<{ spaceId: SpaceId; address: string }[]> {
  return tx.sql<{ spaceId: SpaceId; address: string }[]>`
    select space_id as "spaceId", host(address) as address from placement_allocations
    where tenant_id = ${tx.tenantId} and released_at is null order by address`;
}

export async function selectFits(tx: Tx, siteId: SiteId, bytes: bigint, addresses: number): Promise<boolean> {
  const [row] = await tx.sql<{ fits: boolean }[]>`select placement_fits(${siteId}, ${bytes}, ${addresses}) as fits`;
  return row?.fits ?? false;
}

export async function selectFindings(tx: Tx): Promise<string[]> {
  const rows = await tx.sql<{ finding: string }[]>`select finding from placement_findings() as finding`;
  return rows.map((row) => row.finding);
}

/** Spaces whose host or addresses are at another site than the one chosen (R32). */
export async function selectMisplaced(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ finding: string }[]>`
    select distinct 'space ' || s.id || ' lies at another site than chosen' as finding
    from placement_sites(${tx.tenantId}) lies join spaces_spaces s on s.tenant_id = ${tx.tenantId} and s.id = lies.space_id
    where lies.site_id <> s.site_id`;
  return rows.map((row) => row.finding);
}

/** Spaces that take another number of bytes on their host than was ordered. */
export async function selectMissized(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ finding: string }[]>`
    select 'space ' || p.space_id || ' takes ' || p.bytes || ' bytes of its host instead of ' || s.quota_bytes as finding
    from placement_placements p join spaces_spaces s on s.tenant_id = p.tenant_id and s.id = p.space_id
    where p.tenant_id = ${tx.tenantId} and p.released_at is null and p.bytes <> s.quota_bytes and s.state <> 'deleted'`;
  return rows.map((row) => row.finding);
}

export async function insertHost(tx: OperatorTx, host: NewHost, now: Date): Promise<void> {
  await tx.sql`
    insert into placement_hosts (id, site_id, name, rack, serial, capacity_bytes, created_at, updated_at)
    values (${host.id}, ${host.siteId}, ${host.name}, ${host.rack}, ${host.serial}, ${host.capacityBytes}, ${now}, ${now})`;
}

export async function selectHosts(tx: OperatorTx): Promise<Host[]> {
  return tx.sql<Host[]>`
    select h.id, h.site_id as "siteId", h.name, h.rack, h.serial, h.state, h.capacity_bytes as "capacityBytes",
      h.allocated_bytes as "allocatedBytes",
      (select count(*)::int from placement_placements p where p.host_id = h.id and p.released_at is null) as spaces
    from placement_hosts h order by h.site_id, h.name`;
}

/** False when it is to retire and holds something: an order or a move may have come in between. */
export async function updateHost(
  tx: OperatorTx,
  id: string,
  change: { state: HostState; capacityBytes: bigint },
  now: Date,
): Promise<boolean> {
  const rows = await tx.sql`
    update placement_hosts set state = ${change.state}, capacity_bytes = ${change.capacityBytes}, updated_at = ${now}
    where id = ${id} and (${change.state} <> 'retired' or allocated_bytes = 0) returning 1`;
  return rows.length === 1;
}

/** Returns how many were new. */
export async function insertAddresses(
  tx: OperatorTx,
  siteId: SiteId,
  addresses: readonly string[],
  now: Date,
): Promise<number> {
  const rows = await tx.sql`
    insert into placement_addresses (address, site_id, created_at)
    select address::inet, ${siteId}, ${now} from unnest(${[...addresses]}::text[]) as address
    on conflict do nothing returning 1`;
  return rows.length;
}

export interface SiteCapacity {
  readonly siteId: SiteId;
  readonly name: string;
  readonly capacityBytes: bigint | null;
  readonly guaranteedBytes: bigint;
  /** False where the inventory has no host: the site's own capacity alone decides. */
  readonly isManaged: boolean;
  readonly hostCapacityBytes: bigint;
  readonly hostAllocatedBytes: bigint;
  readonly addresses: bigint;
  readonly addressesFree: bigint;
  /** Net bytes sold there in the window. */
  readonly soldBytes: bigint;
}

export async function selectCapacity(tx: OperatorTx, since: Date): Promise<SiteCapacity[]> {
  return tx.sql<SiteCapacity[]>`
    select s.id as "siteId", s.name, s.capacity_bytes as "capacityBytes", s.guaranteed_bytes as "guaranteedBytes",
      exists (select from placement_hosts h where h.site_id = s.id and h.state <> 'retired') as "isManaged",
      (select coalesce(sum(h.capacity_bytes), 0)::bigint from placement_hosts h where h.site_id = s.id and h.state = 'active')
        as "hostCapacityBytes",
      (select coalesce(sum(h.allocated_bytes), 0)::bigint from placement_hosts h where h.site_id = s.id and h.state = 'active')
        as "hostAllocatedBytes",
      (select count(*) from placement_addresses a where a.site_id = s.id) as addresses,
      (select count(*) from placement_addresses a where a.site_id = s.id and not a.is_taken) as "addressesFree",
      (select coalesce(sum(case when p.deleted_at is null then p.quota_bytes end) filter (where p.created_at >= ${since}), 0)
          - coalesce(sum(p.quota_bytes) filter (where p.deleted_at >= ${since} and p.created_at < ${since}), 0)
        from spaces_spaces p where p.site_id = s.id)::bigint as "soldBytes"
    from spaces_sites s order by s.position, s.id`;
}

/** Whose spaces lie on a host (R24). */
export async function selectTenantsOnHost(tx: OperatorTx, hostId: string): Promise<TenantId[]> {
  const rows = await tx.sql<{ tenantId: TenantId }[]>`
    select distinct tenant_id as "tenantId" from placement_placements
    where host_id = ${hostId} and released_at is null order by 1`;
  return rows.map(({ tenantId }) => tenantId);
}
