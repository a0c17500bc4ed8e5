import type { BlobId, DeviceId, SpaceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { PartPiece } from "@casaforte/vault";
import type { ChainId, FileId, PartId, PartRow, PointId, UploadId, UploadRow } from "./rows.ts";

const uploadColumns = (tx: TenantTx) => tx.sql`
  id, device_id as "deviceId", chain_id as "chainId", space_id as "spaceId", key, kind, file_name as "fileName",
  parent_file_id as "parentFileId", parent_root as "parentRoot", estimated_bytes as "estimatedBytes",
  received_bytes as "receivedBytes", parts_received as "partsReceived", state, file_id as "fileId",
  block_map_blob_id as "blockMapBlobId", block_map_bytes as "blockMapBytes", block_map_sha256 as "blockMapSha256",
  block_map_end as "blockMapEnd", replaces_point_id as "replacesPointId", replaces_root as "replacesRoot",
  composed_bytes as "composedBytes", opened_at as "openedAt", last_part_at as "lastPartAt"`;

/** One upload of a device. `lock` keeps parts, commit and abort of one upload in single file. */
export async function selectUpload(
  tx: TenantTx,
  deviceId: DeviceId,
  id: UploadId,
  lock = false,
): Promise<UploadRow | null> {
  const [row] = await tx.sql<UploadRow[]>`
    select ${uploadColumns(tx)} from backup_uploads
    where tenant_id = ${tx.tenantId} and id = ${id} and device_id = ${deviceId} ${lock ? tx.sql`for update` : tx.sql``}`;
  return row ?? null;
}

export async function selectUploadByKey(tx: TenantTx, deviceId: DeviceId, key: string): Promise<UploadRow | null> {
  const [row] = await tx.sql<UploadRow[]>`
    select ${uploadColumns(tx)} from backup_uploads
    where tenant_id = ${tx.tenantId} and device_id = ${deviceId} and key = ${key}`;
  return row ?? null;
}

export async function countOpenUploads(tx: TenantTx, deviceId: DeviceId): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from backup_uploads
    where tenant_id = ${tx.tenantId} and device_id = ${deviceId} and state = 'open'`;
  return row?.count ?? 0;
}

export interface NewUpload {
  readonly id: UploadId;
  readonly deviceId: DeviceId;
  readonly chainId: ChainId;
  readonly spaceId: SpaceId;
  readonly key: string;
  readonly kind: "vbk" | "vib";
  readonly fileName: string;
  readonly parentFileId: FileId | null;
  readonly parentRoot: Buffer | null;
  readonly estimatedBytes: bigint;
  readonly replacesPointId: PointId | null;
  readonly replacesRoot: Buffer | null;
}

/** False when the key was taken meanwhile. */
export async function insertUpload(tx: TenantTx, row: NewUpload, now: Date): Promise<boolean> {
  const rows = await tx.sql`
    insert into backup_uploads (tenant_id, id, device_id, chain_id, space_id, key, kind, file_name, parent_file_id,
      parent_root, estimated_bytes, replaces_point_id, replaces_root, opened_at, last_part_at)
    values (${tx.tenantId}, ${row.id}, ${row.deviceId}, ${row.chainId}, ${row.spaceId}, ${row.key}, ${row.kind},
      ${row.fileName}, ${row.parentFileId}, ${row.parentRoot}, ${row.estimatedBytes},
      ${row.replacesPointId}, ${row.replacesRoot}, ${now}, ${now})
    on conflict (tenant_id, device_id, key) do nothing returning 1`;
  return rows.length === 1;
}

export async function selectPart(tx: TenantTx, uploadId: UploadId, n: number): Promise<PartRow | null> {
  const [row] = await tx.sql<PartRow[]>`
    select id, n, blob_id as "blobId", file_offset as "fileOffset", length, sha256, holes
    from backup_parts where tenant_id = ${tx.tenantId} and upload_id = ${uploadId} and n = ${n}`;
  return row ?? null;
}

/** Parts with a higher number, in the order of their numbers. */
export async function selectPartsAfter(
  tx: TenantTx,
  uploadId: UploadId,
  after: number,
  count: number,
): Promise<PartRow[]> {
  return tx.sql<PartRow[]>`
    select id, n, blob_id as "blobId", file_offset as "fileOffset", length, sha256, holes
    from backup_parts where tenant_id = ${tx.tenantId} and upload_id = ${uploadId} and n > ${after}
    order by n limit ${count}`;
}

export async function insertPart(
  tx: TenantTx,
  upload: Pick<UploadRow, "id" | "spaceId">,
  part: PartRow,
  now: Date,
): Promise<void> {
  const inserted = tx.sql`
    insert into backup_parts (tenant_id, id, upload_id, space_id, n, blob_id, file_offset, length, sha256, holes,
      stored_at, checked_at)
    values (${tx.tenantId}, ${part.id}, ${upload.id}, ${upload.spaceId}, ${part.n}, ${part.blobId}, ${part.fileOffset},
      ${part.length}, ${part.sha256}, ${part.holes}, ${now}, ${now})`;
  const counted = tx.sql`
    update backup_uploads set received_bytes = received_bytes + ${part.length}, parts_received = parts_received + 1,
      last_part_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${upload.id}`;
  await Promise.all([inserted, counted]);
}

/** Lays a part with holes out over its stretch of the file. False when something stands there already. */
export async function insertPieces(
  tx: TenantTx,
  uploadId: UploadId,
  partId: PartId,
  pieces: readonly PartPiece[],
): Promise<boolean> {
  const offsets = pieces.map(({ offset }) => String(offset));
  const lengths = pieces.map(({ length }) => String(length));
  const froms = pieces.map(({ from }) => (from === null ? null : String(from)));
  const rows = await tx.sql`
    insert into backup_upload_extents (tenant_id, upload_id, file_offset, length, part_id, part_offset)
    select ${tx.tenantId}, ${uploadId}, file_offset, length,
      case when part_offset is null then null else ${partId}::uuid end, coalesce(part_offset, 0)
    from unnest(${offsets}::bigint[], ${lengths}::bigint[], ${froms}::bigint[]) as p(file_offset, length, part_offset)
    on conflict (tenant_id, upload_id, file_offset) do nothing returning 1`;
  return rows.length === pieces.length;
}

export async function setBlockMap(
  tx: TenantTx,
  id: UploadId,
  map: { readonly blobId: BlobId; readonly bytes: bigint; readonly sha256: Buffer; readonly end: bigint },
  now: Date,
): Promise<void> {
  await tx.sql`
    update backup_uploads set block_map_blob_id = ${map.blobId}, block_map_bytes = ${map.bytes},
      block_map_sha256 = ${map.sha256}, block_map_end = ${map.end}, last_part_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/**
 * The first byte that is missing, doubled or beyond the end when the parts of an upload are laid end to end; null when
 * they cover [0, size) exactly. The same rule as `firstUncovered`, where a million rows need not travel.
 */
export async function selectFirstUncovered(tx: TenantTx, id: UploadId, size: bigint): Promise<bigint | null> {
  const [row] = await tx.sql<{ fault: bigint | null; end: bigint }[]>`
    with pieces as (
      select file_offset, length, n from backup_parts
      where tenant_id = ${tx.tenantId} and upload_id = ${id} and holes = ''
      union all
      select file_offset, length, 2147483647 from backup_upload_extents where tenant_id = ${tx.tenantId} and upload_id = ${id}),
    laid as (
      select file_offset, n, file_offset + length as past,
        coalesce(lag(file_offset + length) over (order by file_offset, n), 0) as expected
      from pieces)
    select (select least(file_offset, expected) from laid where file_offset <> expected order by file_offset, n limit 1) as fault,
      coalesce((select max(past) from laid), 0)::bigint as end`;
  if (!row) return 0n;
  if (row.fault !== null) return row.fault;
  return row.end === size ? null : row.end < size ? row.end : size;
}

/** The part that begins the file. */
export async function selectHeadPart(tx: TenantTx, id: UploadId): Promise<PartRow | null> {
  const [row] = await tx.sql<PartRow[]>`
    select id, n, blob_id as "blobId", file_offset as "fileOffset", length, sha256, holes
    from backup_parts where tenant_id = ${tx.tenantId} and upload_id = ${id} and file_offset = 0 order by n limit 1`;
  return row ?? null;
}

export async function closeUpload(
  tx: TenantTx,
  id: UploadId,
  end: { readonly state: "committed" | "aborted"; readonly fileId: FileId | null },
  now: Date,
): Promise<void> {
  await tx.sql`
    update backup_uploads set state = ${end.state}, file_id = ${end.fileId}, closed_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Forgets the parts of an upload that was never committed; their blobs wait to be deleted. */
export async function dropParts(tx: TenantTx, id: UploadId, siteId: string, now: Date): Promise<void> {
  await tx.sql`delete from backup_upload_extents where tenant_id = ${tx.tenantId} and upload_id = ${id}`;
  await tx.sql`
    with gone as (delete from backup_parts where tenant_id = ${tx.tenantId} and upload_id = ${id} returning blob_id)
    insert into backup_dead_blobs (tenant_id, blob_id, site_id, since)
    select ${tx.tenantId}, blob_id, ${siteId}, ${now} from gone`;
  await tx.sql`
    update backup_uploads set received_bytes = 0, parts_received = 0, block_map_blob_id = null, block_map_bytes = 0,
      block_map_sha256 = null
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** A blob to be deleted from a site's first or second location. */
export async function insertDeadBlob(
  tx: TenantTx,
  blobId: BlobId,
  siteId: string,
  now: Date,
  place: "first" | "replica" = "first",
  ofSpace: SpaceId | null = null,
): Promise<void> {
  await tx.sql`
    insert into backup_dead_blobs as d (tenant_id, blob_id, site_id, since, place, of_space)
    values (${tx.tenantId}, ${blobId}, ${siteId}, ${now}, ${place}, ${ofSpace})
    on conflict (tenant_id, blob_id) do update set of_space = coalesce(d.of_space, excluded.of_space)`;
}

/** Open uploads: of one device, of one space, or idle since before an instant. */
export async function selectOpenUploads(
  tx: TenantTx,
  filter: { readonly deviceId?: DeviceId; readonly spaceId?: SpaceId; readonly idleBefore?: Date },
  count: number,
): Promise<UploadRow[]> {
  return tx.sql<UploadRow[]>`
    select ${uploadColumns(tx)} from backup_uploads
    where tenant_id = ${tx.tenantId} and state = 'open'
      and (${filter.deviceId ?? null}::uuid is null or device_id = ${filter.deviceId ?? null})
      and (${filter.spaceId ?? null}::uuid is null or space_id = ${filter.spaceId ?? null})
      and (${filter.idleBefore ?? null}::timestamptz is null or last_part_at < ${filter.idleBefore ?? null})
    order by last_part_at limit ${count} for update`;
}
