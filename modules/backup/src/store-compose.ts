import type { TenantTx } from "@casaforte/platform/db";
import type { ChainLink } from "./chain-lines.ts";
import type { ChainId, FileId, PointId, UploadId } from "./rows.ts";
import { forgetVerified } from "./store-verify.ts";

/** A range of a stored file, and where it is to stand. */
export interface RangeRow {
  readonly fileId: FileId;
  readonly fromOffset: bigint;
  readonly length: bigint;
  readonly offset: bigint;
}

/**
 * Adds references to an upload, one for each extent that a range touches. Returns the bytes that now stand there, those
 * that stood there before included; less than asked for when a source is not a live file of the chain or ends before.
 */
export async function insertUploadExtents(
  tx: TenantTx,
  upload: { readonly id: UploadId; readonly chainId: ChainId },
  ranges: readonly RangeRow[],
  piecesMax: number,
): Promise<{ standing: bigint; added: bigint; pieces: number }> {
  const fileIds = ranges.map((range) => range.fileId);
  const froms = ranges.map((range) => String(range.fromOffset));
  const lengths = ranges.map((range) => String(range.length));
  const offsets = ranges.map((range) => String(range.offset));
  const [row] = await tx.sql<{ standing: bigint; added: bigint; pieces: number }[]>`
    with asked as (
      select r.*, f.id as live_id, coalesce((select max(b.file_offset) from backup_extents b where b.tenant_id = ${tx.tenantId}
          and b.file_id = f.id and b.file_offset <= r.from_offset), 0) as first_offset
      from unnest(${fileIds}::uuid[], ${froms}::bigint[], ${lengths}::bigint[], ${offsets}::bigint[])
        as r(file_id, from_offset, length, to_offset)
      join backup_files f on f.tenant_id = ${tx.tenantId} and f.id = r.file_id and f.chain_id = ${upload.chainId} and f.state = 'live'),
    pieces as (
      select r.to_offset + greatest(e.file_offset, r.from_offset) - r.from_offset as file_offset,
        least(e.file_offset + e.length, r.from_offset + r.length) - greatest(e.file_offset, r.from_offset) as length,
        e.part_id, e.part_offset + greatest(e.file_offset, r.from_offset) - e.file_offset as part_offset
      from asked r
      cross join lateral (
        select * from backup_extents e where e.tenant_id = ${tx.tenantId} and e.file_id = r.live_id
          and e.file_offset >= r.first_offset and e.file_offset < r.from_offset + r.length offset 0) e
      where e.file_offset + e.length > r.from_offset limit ${piecesMax + 1}),
    added as (
      insert into backup_upload_extents (tenant_id, upload_id, file_offset, length, part_id, part_offset)
      select ${tx.tenantId}, ${upload.id}, file_offset, length, part_id, part_offset from pieces
      where (select count(*) from pieces) <= ${piecesMax}
      on conflict (tenant_id, upload_id, file_offset) do nothing returning file_offset, length),
    same as (
      select p.length from pieces p
      cross join lateral (
        select 1 from backup_upload_extents u where u.tenant_id = ${tx.tenantId} and u.upload_id = ${upload.id}
          and u.file_offset = p.file_offset and u.length = p.length and u.part_id is not distinct from p.part_id
          and u.part_offset = p.part_offset offset 0) u)
    select coalesce((select sum(length) from added), 0)::bigint as added,
      (coalesce((select sum(length) from added), 0) + coalesce((select sum(length) from same), 0))::bigint as standing,
      (select count(*) from pieces)::int as pieces`;
  return row ?? { standing: 0n, added: 0n, pieces: 0 };
}

export async function addComposedBytes(tx: TenantTx, id: UploadId, bytes: bigint, now: Date): Promise<void> {
  await tx.sql`
    update backup_uploads set composed_bytes = composed_bytes + ${bytes}, last_part_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Files of a chain that are stored, those of the bin included, in the order of commits. */
export async function selectChainLinks(tx: TenantTx, chainId: ChainId): Promise<ChainLink[]> {
  return tx.sql<ChainLink[]>`
    select id as "fileId", parent_file_id as "parentFileId", state = 'live' as "isLive",
      (extract(epoch from revived_at) * 1000)::float8 as "revivedMs"
    from backup_files where tenant_id = ${tx.tenantId} and chain_id = ${chainId} and state <> 'purged' order by seq`;
}

/**
 * Sets a composed file in the place of another one of its point. The old one goes to the bin when the lock is over; what was
 * found of the point, and of those that build upon it, is forgotten.
 */
export async function replaceFile(
  tx: TenantTx,
  place: { readonly pointId: PointId; readonly oldId: FileId; readonly newId: FileId },
  now: Date,
): Promise<void> {
  const { pointId, oldId, newId } = place;
  await tx.sql`
    update backup_files f set state = 'deleted', replaced_by = ${newId}, deleted_at = greatest(${now}::timestamptz, p.locked_until)
    from backup_points p where f.tenant_id = ${tx.tenantId} and f.id = ${oldId}
      and p.tenant_id = f.tenant_id and p.id = ${pointId}`;
  await tx.sql`
    update backup_files set parent_file_id = ${newId}
    where tenant_id = ${tx.tenantId} and parent_file_id = ${oldId} and state <> 'purged'`;
  await tx.sql`
    update backup_points set file_id = ${newId}, state = case when exists (
        select 1 from backup_extents e join backup_parts part on part.tenant_id = e.tenant_id and part.id = e.part_id
        where e.tenant_id = ${tx.tenantId} and e.file_id = ${newId} and part.damaged_at is not null) then 'damaged' else 'good' end
    where tenant_id = ${tx.tenantId} and id = ${pointId}`;
  await forgetVerified(tx, newId, now);
}

/** Bytes of the parts that no other live file needs: what a file's coming adds and its going frees. */
export async function selectOwnBytes(tx: TenantTx, fileId: FileId): Promise<bigint> {
  const [row] = await tx.sql<{ bytes: bigint }[]>`
    select coalesce(sum(p.length), 0)::bigint as bytes
    from (select distinct part_id from backup_extents where tenant_id = ${tx.tenantId} and file_id = ${fileId}) mine
    join backup_parts p on p.tenant_id = ${tx.tenantId} and p.id = mine.part_id
    where not exists (select 1 from backup_extents e join backup_files f on f.tenant_id = e.tenant_id and f.id = e.file_id
      where e.tenant_id = ${tx.tenantId} and e.part_id = mine.part_id and e.file_id <> ${fileId} and f.state = 'live')`;
  return row?.bytes ?? 0n;
}
