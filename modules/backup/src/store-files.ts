import type { DeviceId, SpaceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { ChainId, ChainRow, ExtentRow, FileId, FileRow, PointId, UploadId } from "./rows.ts";

const fileColumns = (tx: TenantTx) => tx.sql`
  f.id, f.seq, f.chain_id as "chainId", f.device_id as "deviceId", f.space_id as "spaceId", f.kind,
  f.file_name as "fileName", f.size, f.file_root as "fileRoot", f.parent_file_id as "parentFileId",
  f.parent_root as "parentRoot", f.stands_for as "standsFor", f.block_map_blob_id as "blockMapBlobId", f.block_map_bytes as "blockMapBytes",
  f.block_map_sha256 as "blockMapSha256", f.committed_at as "committedAt", f.state,
  f.deleted_at as "deletedAt", p.id as "pointId", p.at,
  p.locked_until as "lockedUntil", p.state as "pointState"`;
const fileTables = (tx: TenantTx) => tx.sql`
  backup_files f join backup_points p on p.tenant_id = f.tenant_id and p.file_id = f.id`;

export async function insertChain(tx: TenantTx, chain: ChainRow): Promise<boolean> {
  const rows = await tx.sql`
    insert into backup_chains (tenant_id, id, device_id, space_id, label, created_at)
    values (${tx.tenantId}, ${chain.id}, ${chain.deviceId}, ${chain.spaceId}, ${chain.label}, ${chain.createdAt})
    on conflict (tenant_id, id) do nothing returning 1`;
  return rows.length === 1;
}

/** Chains of a device, or one of them. */
export async function selectChains(tx: TenantTx, deviceId: DeviceId, id: ChainId | null): Promise<ChainRow[]> {
  return tx.sql<ChainRow[]>`
    select id, device_id as "deviceId", space_id as "spaceId", label, created_at as "createdAt" from backup_chains
    where tenant_id = ${tx.tenantId} and device_id = ${deviceId} and (${id}::uuid is null or id = ${id})
    order by created_at, id`;
}

/** Keeps commits and deletions of one chain in single file. False when the device has no such chain. */
export async function lockChain(tx: TenantTx, deviceId: DeviceId, id: ChainId): Promise<boolean> {
  const rows = await tx.sql`
    select 1 from backup_chains where tenant_id = ${tx.tenantId} and id = ${id} and device_id = ${deviceId} for update`;
  return rows.length === 1;
}

export async function renameChain(tx: TenantTx, id: ChainId, label: string): Promise<void> {
  await tx.sql`update backup_chains set label = ${label} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** The live file that was committed last: what the next increment must name. */
export async function selectHead(tx: TenantTx, chainId: ChainId): Promise<FileRow | null> {
  const [row] = await tx.sql<FileRow[]>`
    select ${fileColumns(tx)} from ${fileTables(tx)}
    where f.tenant_id = ${tx.tenantId} and f.chain_id = ${chainId} and f.state = 'live' order by f.seq desc limit 1`;
  return row ?? null;
}

export async function selectChainFigures(
  tx: TenantTx,
  chainId: ChainId,
): Promise<{ points: number; keyringVersion: number; vbmVersion: number }> {
  const [row] = await tx.sql<{ points: number; keyringVersion: number; vbmVersion: number }[]>`
    select
      (select count(*)::int from backup_files where tenant_id = ${tx.tenantId} and chain_id = ${chainId} and state = 'live') as points,
      (select coalesce(max(version), 0) from backup_objects
        where tenant_id = ${tx.tenantId} and chain_id = ${chainId} and kind = 'keyring') as "keyringVersion",
      (select coalesce(max(version), 0) from backup_objects
        where tenant_id = ${tx.tenantId} and chain_id = ${chainId} and kind = 'vbm') as "vbmVersion"`;
  return row ?? { points: 0, keyringVersion: 0, vbmVersion: 0 };
}

export interface NewFile {
  readonly id: FileId;
  readonly uploadId: UploadId;
  readonly size: bigint;
  readonly fileRoot: Buffer;
  /** Of a file that takes another's place: that file's place in the order of commits, and the root children name it by. */
  readonly inPlaceOf: { readonly seq: bigint; readonly standsFor: Buffer } | null;
}

/** Turns an upload into a file, its parts and references into extents; those of parts with holes stand ready. */
export async function insertFileOfUpload(tx: TenantTx, file: NewFile, now: Date): Promise<void> {
  // Commits are numbered by the database; a file in another's place takes over its number.
  const place = file.inPlaceOf;
  await tx.sql`
    insert into backup_files (tenant_id, id, ${place ? tx.sql`seq,` : tx.sql``} chain_id, device_id, space_id, kind,
      file_name, size, file_root, parent_file_id, parent_root, stands_for, block_map_blob_id, block_map_bytes,
      block_map_sha256, committed_at)
    ${place ? tx.sql`overriding system value` : tx.sql``}
    select tenant_id, ${file.id}, ${place ? tx.sql`${place.seq}::bigint,` : tx.sql``} chain_id, device_id, space_id, kind,
      file_name, ${file.size}, ${file.fileRoot}, parent_file_id, parent_root, ${place?.standsFor ?? null},
      block_map_blob_id, block_map_bytes, block_map_sha256, ${now}
    from backup_uploads where tenant_id = ${tx.tenantId} and id = ${file.uploadId}`;
  await tx.sql`
    insert into backup_extents (tenant_id, file_id, file_offset, length, part_id, part_offset)
    select tenant_id, ${file.id}::uuid, file_offset, length, id, 0
    from backup_parts where tenant_id = ${tx.tenantId} and upload_id = ${file.uploadId} and holes = ''
    union all
    select tenant_id, ${file.id}::uuid, file_offset, length, part_id, part_offset
    from backup_upload_extents where tenant_id = ${tx.tenantId} and upload_id = ${file.uploadId}`;
  await tx.sql`
    delete from backup_upload_extents where tenant_id = ${tx.tenantId} and upload_id = ${file.uploadId}`;
}

/** Makes a file's restore point; damaged when its parent's is, or one of its own parts. */
export async function insertPoint(
  tx: TenantTx,
  point: { readonly id: PointId; readonly fileId: FileId; readonly lockedUntil: Date },
  now: Date,
): Promise<void> {
  await tx.sql`
    insert into backup_points (tenant_id, id, file_id, chain_id, device_id, at, locked_until, state)
    select f.tenant_id, ${point.id}, f.id, f.chain_id, f.device_id, ${now}, ${point.lockedUntil},
      case when parent.state = 'damaged' or exists (
        select 1 from backup_extents e join backup_parts part on part.tenant_id = e.tenant_id and part.id = e.part_id
        where e.tenant_id = f.tenant_id and e.file_id = f.id and part.damaged_at is not null) then 'damaged' else 'good' end
    from backup_files f
    left join backup_points parent on parent.tenant_id = f.tenant_id and parent.file_id = f.parent_file_id
    where f.tenant_id = ${tx.tenantId} and f.id = ${point.fileId}`;
}

/** A lock covers everything that the point needs: the line of parents up to its full. */
export async function prolongLocks(tx: TenantTx, fileId: FileId, until: Date): Promise<void> {
  await tx.sql`
    with recursive line as (
      select id, parent_file_id from backup_files where tenant_id = ${tx.tenantId} and id = ${fileId}
      union all
      select f.id, f.parent_file_id from backup_files f join line on f.id = line.parent_file_id
        where f.tenant_id = ${tx.tenantId})
    update backup_points set locked_until = greatest(locked_until, ${until}::timestamptz)
    where tenant_id = ${tx.tenantId} and file_id in (select id from line)`;
}

export async function selectFile(tx: TenantTx, deviceId: DeviceId, id: FileId): Promise<FileRow | null> {
  const [row] = await tx.sql<FileRow[]>`
    select ${fileColumns(tx)} from ${fileTables(tx)}
    where f.tenant_id = ${tx.tenantId} and f.id = ${id} and f.device_id = ${deviceId}`;
  return row ?? null;
}

export async function selectFileOfPoint(tx: TenantTx, deviceId: DeviceId, id: PointId): Promise<FileRow | null> {
  const [row] = await tx.sql<FileRow[]>`
    select ${fileColumns(tx)} from ${fileTables(tx)}
    where p.tenant_id = ${tx.tenantId} and p.id = ${id} and p.device_id = ${deviceId}`;
  return row ?? null;
}

export interface FileQuery {
  readonly deviceId: DeviceId;
  readonly chainId: ChainId | null;
  /** Files after this one, in the order of their commits. */
  readonly afterSeq: bigint;
  readonly withDeleted: boolean;
  readonly count: number;
}

export async function selectFiles(tx: TenantTx, query: FileQuery): Promise<FileRow[]> {
  return tx.sql<FileRow[]>`
    select ${fileColumns(tx)} from ${fileTables(tx)}
    where f.tenant_id = ${tx.tenantId} and f.device_id = ${query.deviceId} and f.seq > ${query.afterSeq}
      and (${query.chainId}::uuid is null or f.chain_id = ${query.chainId})
      and (f.state = 'live' or (${query.withDeleted} and f.state = 'deleted'))
    order by f.seq limit ${query.count}`;
}

/** Live files of a device or a space that are still locked, or all of them. */
export async function selectLiveFiles(
  tx: TenantTx,
  filter: { readonly deviceId?: DeviceId; readonly spaceId?: SpaceId },
): Promise<FileRow[]> {
  return tx.sql<FileRow[]>`
    select ${fileColumns(tx)} from ${fileTables(tx)}
    where f.tenant_id = ${tx.tenantId} and f.state = 'live'
      and (${filter.deviceId ?? null}::uuid is null or f.device_id = ${filter.deviceId ?? null})
      and (${filter.spaceId ?? null}::uuid is null or f.space_id = ${filter.spaceId ?? null})
    order by f.seq desc`;
}

/** A live file that builds on this one. */
export async function selectLiveChild(tx: TenantTx, fileId: FileId): Promise<PointId | null> {
  const [row] = await tx.sql<{ id: PointId }[]>`
    select p.id from ${fileTables(tx)}
    where f.tenant_id = ${tx.tenantId} and f.parent_file_id = ${fileId} and f.state = 'live' limit 1`;
  return row?.id ?? null;
}

export async function markFileDeleted(tx: TenantTx, fileId: FileId, now: Date): Promise<void> {
  await tx.sql`
    update backup_files set state = 'deleted', deleted_at = ${now} where tenant_id = ${tx.tenantId} and id = ${fileId}`;
  await tx.sql`
    update backup_points set state = 'deleted' where tenant_id = ${tx.tenantId} and file_id = ${fileId}`;
}

/** Extents that hold bytes of [from, to), in order, at most `count`. */
export async function selectExtents(
  tx: TenantTx,
  fileId: FileId,
  from: bigint,
  to: bigint,
  count: number,
): Promise<ExtentRow[]> {
  return tx.sql<ExtentRow[]>`
    select e.file_offset as "fileOffset", e.length, e.part_id as "partId", e.part_offset as "partOffset",
      part.blob_id as "blobId"
    from backup_extents e left join backup_parts part on part.tenant_id = e.tenant_id and part.id = e.part_id
    where e.tenant_id = ${tx.tenantId} and e.file_id = ${fileId} and e.file_offset < ${to}
      and e.file_offset >= coalesce((select max(b.file_offset) from backup_extents b
        where b.tenant_id = ${tx.tenantId} and b.file_id = ${fileId} and b.file_offset <= ${from}), 0)
    order by e.file_offset limit ${count}`;
}

/** Live files of a chain, parents before children. */
export async function selectLiveFilesOfChain(tx: TenantTx, chainId: ChainId): Promise<FileRow[]> {
  return tx.sql<FileRow[]>`
    select ${fileColumns(tx)} from ${fileTables(tx)}
    where f.tenant_id = ${tx.tenantId} and f.chain_id = ${chainId} and f.state = 'live' order by f.seq`;
}

/** The file of a point of any device of the tenant. */
export async function selectFileOfAnyPoint(tx: TenantTx, id: PointId): Promise<FileRow | null> {
  const [row] = await tx.sql<FileRow[]>`
    select ${fileColumns(tx)} from ${fileTables(tx)} where f.tenant_id = ${tx.tenantId} and p.id = ${id}`;
  return row ?? null;
}
