import type { SpaceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

export interface CounterFinding {
  readonly id: string;
  readonly kept: bigint;
  readonly counted: bigint;
}

/** What one space holds by its rows. */
export interface SpaceSum {
  readonly spaceId: SpaceId;
  readonly bytes: bigint;
}

export async function sumUsed(tx: TenantTx): Promise<SpaceSum[]> {
  return tx.sql<SpaceSum[]>`
    select p.space_id as "spaceId", sum(p.length)::bigint as bytes from backup_parts p
    where p.tenant_id = ${tx.tenantId} and exists (
      select 1 from backup_extents e join backup_files f on f.tenant_id = e.tenant_id and f.id = e.file_id
      where e.tenant_id = p.tenant_id and e.part_id = p.id and f.state = 'live')
    group by p.space_id`;
}

export async function sumPending(tx: TenantTx): Promise<SpaceSum[]> {
  return tx.sql<SpaceSum[]>`
    select p.space_id as "spaceId", sum(p.length)::bigint as bytes from backup_parts p
    join backup_uploads u on u.tenant_id = p.tenant_id and u.id = p.upload_id and u.state = 'open'
    where p.tenant_id = ${tx.tenantId} group by p.space_id`;
}

export async function sumMetadata(tx: TenantTx): Promise<SpaceSum[]> {
  return tx.sql<SpaceSum[]>`
    select space_id as "spaceId", sum(bytes)::bigint as bytes from (
      select space_id, block_map_bytes as bytes from backup_files where tenant_id = ${tx.tenantId} and state <> 'purged'
      union all
      select space_id, block_map_bytes from backup_uploads where tenant_id = ${tx.tenantId} and state = 'open'
      union all
      select c.space_id, o.length from backup_objects o
        join backup_chains c on c.tenant_id = o.tenant_id and c.id = o.chain_id where o.tenant_id = ${tx.tenantId}) held
    group by space_id`;
}

export async function sumUsage(tx: TenantTx): Promise<SpaceSum[]> {
  return tx.sql<SpaceSum[]>`
    select space_id as "spaceId", sum(stored_delta_bytes)::bigint as bytes from backup_usage_daily
    where tenant_id = ${tx.tenantId} group by space_id`;
}

export async function selectWrongUpload(tx: TenantTx): Promise<CounterFinding[]> {
  return tx.sql<CounterFinding[]>`
    select u.id, u.received_bytes as kept, coalesce(sum(p.length), 0)::bigint as counted from backup_uploads u
    left join backup_parts p on p.tenant_id = u.tenant_id and p.upload_id = u.id
    where u.tenant_id = ${tx.tenantId} and u.state = 'open'
    group by u.id, u.received_bytes, u.parts_received
    having u.received_bytes <> coalesce(sum(p.length), 0) or u.parts_received <> count(p.id)`;
}

/** Files whose extents, laid end to end, do not give [0, size) exactly. */
export async function selectUncoveredFiles(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select f.id from backup_files f
    left join (
      select file_id, sum(length) as total, max(file_offset + length) as past, bool_and(file_offset = expected) as seamless
      from (select file_id, file_offset, length,
          coalesce(lag(file_offset + length) over (partition by file_id order by file_offset), 0) as expected
        from backup_extents where tenant_id = ${tx.tenantId}) e
      group by file_id) e on e.file_id = f.id
    where f.tenant_id = ${tx.tenantId} and f.state <> 'purged'
      and not coalesce(e.seamless and e.total = f.size and e.past = f.size, false)`;
  return rows.map((row) => row.id);
}

export async function selectExtentsBeyondParts(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select distinct e.file_id as id from backup_extents e
    join backup_parts p on p.tenant_id = e.tenant_id and p.id = e.part_id
    where e.tenant_id = ${tx.tenantId} and e.part_offset + e.length > p.length`;
  return rows.map((row) => row.id);
}

export async function selectFilesWithoutPoint(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select f.id from backup_files f left join backup_points p on p.tenant_id = f.tenant_id and p.file_id = f.id
    where f.tenant_id = ${tx.tenantId}
      and ((f.state = 'purged' or f.replaced_by is not null) <> (p.id is null) or (p.id is not null and (f.state = 'live') <> (p.state <> 'deleted')))`;
  return rows.map((row) => row.id);
}

/** Live increments whose parent is gone. */
export async function selectBrokenChains(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select f.id from backup_files f join backup_files p on p.tenant_id = f.tenant_id and p.id = f.parent_file_id
    where f.tenant_id = ${tx.tenantId} and f.state = 'live'
      and (p.state <> 'live' or p.chain_id <> f.chain_id or coalesce(p.stands_for, p.file_root) <> f.parent_root or p.seq >= f.seq)`;
  return rows.map((row) => row.id);
}

/** Parents that would be free before a point that needs them. */
export async function selectShortLocks(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select pp.id from backup_files f
    join backup_points p on p.tenant_id = f.tenant_id and p.file_id = f.id
    join backup_points pp on pp.tenant_id = f.tenant_id and pp.file_id = f.parent_file_id
    where f.tenant_id = ${tx.tenantId} and f.state = 'live' and p.locked_until > p.at and pp.locked_until < p.locked_until`;
  return rows.map((row) => row.id);
}

/** Blobs that a live row and the list of the dead both name. */
export async function selectDeadButNamed(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select d.blob_id as id from backup_dead_blobs d where d.tenant_id = ${tx.tenantId} and (
      exists (select 1 from backup_parts p where p.tenant_id = d.tenant_id and p.blob_id = d.blob_id)
      or exists (select 1 from backup_objects o where o.tenant_id = d.tenant_id and o.blob_id = d.blob_id)
      or exists (select 1 from backup_replicas r where r.tenant_id = d.tenant_id and r.replica_blob_id = d.blob_id)
      or exists (select 1 from backup_files f
        where f.tenant_id = d.tenant_id and f.state <> 'purged' and f.block_map_blob_id = d.blob_id))`;
  return rows.map((row) => row.id);
}
