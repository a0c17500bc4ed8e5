import type { BlobId, DeviceId, SpaceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { ChainId, FileRow, PointId } from "./rows.ts";

export type PointListing = Pick<
  FileRow,
  "id" | "seq" | "chainId" | "kind" | "fileName" | "size" | "fileRoot" | "pointId" | "at" | "lockedUntil" | "pointState"
> & {
  readonly checkedAt: Date | null;
  readonly parentPointId: PointId | null;
  readonly parentAt: Date | null;
  /** The earliest deletion in the line that a deleted point builds upon: with it the line can be taken back no more. */
  readonly binnedAt: Date | null;
  readonly askedAt: Date | null;
  readonly verifiedAt: Date | null;
  /** What was found then; null of one that ended before this was kept. */
  readonly verifiedState: "good" | "damaged" | null;
};

export interface PointListingQuery {
  /** The last point of the page before. */
  readonly beforePoint: string | null;
  /** Made in [from, to); null for any time. */
  readonly from: Date | null;
  readonly to: Date | null;
  readonly count: number;
}

/** Points of a device, newest first, those in the bin included. */
export async function selectPointListing(
  tx: TenantTx,
  deviceId: DeviceId,
  { beforePoint, from, to, count }: PointListingQuery,
): Promise<PointListing[]> {
  return tx.sql<PointListing[]>`
    select f.id, f.seq, f.chain_id as "chainId", f.kind, f.file_name as "fileName", f.size, f.file_root as "fileRoot",
      p.id as "pointId", p.at, p.locked_until as "lockedUntil", p.state as "pointState",
      p.verify_asked_at as "askedAt", p.verified_at as "verifiedAt",
      p.verified_state as "verifiedState", parent.id as "parentPointId", parent.at as "parentAt",
      (select min(part.checked_at) from backup_extents e
        join backup_parts part on part.tenant_id = e.tenant_id and part.id = e.part_id
        where e.tenant_id = f.tenant_id and e.file_id = f.id) as "checkedAt",
      case when f.state = 'deleted' then (
        with recursive line as (
          select f.parent_file_id as parent, f.deleted_at, f.state
          union all
          select l.parent_file_id, l.deleted_at, l.state from backup_files l join line on l.id = line.parent
            where l.tenant_id = ${tx.tenantId})
        select case when bool_or(state = 'purged') then null else min(deleted_at) end from line) end as "binnedAt"
    from backup_files f join backup_points p on p.tenant_id = f.tenant_id and p.file_id = f.id
    left join backup_points parent on parent.tenant_id = f.tenant_id and parent.file_id = f.parent_file_id
    where f.tenant_id = ${tx.tenantId} and f.device_id = ${deviceId}
      and (${from}::timestamptz is null or p.at >= ${from}) and (${to}::timestamptz is null or p.at < ${to})
      and (${beforePoint}::uuid is null or f.seq < (select b.seq from backup_files b
        join backup_points bp on bp.tenant_id = b.tenant_id and bp.file_id = b.id
        where b.tenant_id = ${tx.tenantId} and bp.id = ${beforePoint} and b.device_id = ${deviceId}))
    order by f.seq desc limit ${count}`;
}

/** Live files of some chains and what each builds upon, children before parents. */
export async function selectParents(
  tx: TenantTx,
  chainIds: readonly ChainId[],
): Promise<Pick<FileRow, "id" | "parentFileId">[]> {
  return tx.sql<Pick<FileRow, "id" | "parentFileId">[]>`
    select id, parent_file_id as "parentFileId" from backup_files
    where tenant_id = ${tx.tenantId} and chain_id = any(${[...chainIds]}::uuid[]) and state = 'live' order by seq desc`;
}

export interface PointTime {
  readonly at: Date;
  readonly points: number;
  readonly damaged: number;
}

/** How many points that can be restored a device has of each quarter of an hour in [from, to) that has any, by age. */
export async function selectPointTimes(tx: TenantTx, deviceId: DeviceId, from: Date, to: Date): Promise<PointTime[]> {
  return tx.sql<PointTime[]>`
    select date_bin('15 minutes', at, 'epoch'::timestamptz) as at, count(*)::int as points,
      (count(*) filter (where state = 'damaged'))::int as damaged
    from backup_points
    where tenant_id = ${tx.tenantId} and device_id = ${deviceId} and state <> 'deleted' and at >= ${from} and at < ${to}
    group by 1 order by 1`;
}

/** Every blob that a row needs, with its space. */
export async function selectAllBlobs(tx: TenantTx): Promise<{ blobId: BlobId; spaceId: SpaceId }[]> {
  return tx.sql<{ blobId: BlobId; spaceId: SpaceId }[]>`
    select blob_id as "blobId", space_id as "spaceId" from backup_parts where tenant_id = ${tx.tenantId}
    union all select block_map_blob_id, space_id from backup_files where tenant_id = ${tx.tenantId} and state <> 'purged'
    union all select block_map_blob_id, space_id from backup_uploads
      where tenant_id = ${tx.tenantId} and state = 'open' and block_map_blob_id is not null
    union all select o.blob_id, c.space_id from backup_objects o
      join backup_chains c on c.tenant_id = o.tenant_id and c.id = o.chain_id where o.tenant_id = ${tx.tenantId}`;
}

/** Damaged points that can still be asked for, and a device that has one. */
export async function selectDamagedPoints(
  tx: TenantTx,
): Promise<{ readonly count: number; readonly deviceId: DeviceId | null }> {
  const [row] = await tx.sql<{ count: number; deviceId: DeviceId | null }[]>`
    select count(*)::int as count, min(device_id::text)::uuid as "deviceId" from backup_points
    where tenant_id = ${tx.tenantId} and state = 'damaged'`;
  return row ?? { count: 0, deviceId: null };
}
