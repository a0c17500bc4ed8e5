import type { BlobId, SpaceId } from "@casaforte/kernel";
import type { LookupTx, TenantTx } from "@casaforte/platform/db";
import { backupLimits } from "./limits.ts";
import type { FileId, FileRow, PartId } from "./rows.ts";
import type { GoneObject } from "./store-objects.ts";

/** Files whose time in the bin is over, locked against a second collector. */
export async function selectBinned(
  tx: TenantTx,
  before: Date,
  count: number,
): Promise<Pick<FileRow, "id" | "spaceId" | "blockMapBlobId" | "blockMapBytes">[]> {
  return tx.sql<Pick<FileRow, "id" | "spaceId" | "blockMapBlobId" | "blockMapBytes">[]>`
    select id, space_id as "spaceId", block_map_blob_id as "blockMapBlobId", block_map_bytes as "blockMapBytes"
    from backup_files where tenant_id = ${tx.tenantId} and state = 'deleted' and deleted_at < ${before}
    order by deleted_at limit ${count} for update skip locked`;
}

export async function purgeFile(tx: TenantTx, id: FileId): Promise<void> {
  await tx.sql`delete from backup_extents where tenant_id = ${tx.tenantId} and file_id = ${id}`;
  await tx.sql`delete from backup_points where tenant_id = ${tx.tenantId} and file_id = ${id}`;
  await tx.sql`update backup_files set state = 'purged' where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Starts the grace of parts of closed uploads that no extent needs, and ends it for those that are needed again. */
export async function markUnneeded(tx: TenantTx, now: Date): Promise<void> {
  await tx.sql`
    update backup_parts p set unneeded_at = ${now}
    where p.tenant_id = ${tx.tenantId} and p.unneeded_at is null
      and not exists (select 1 from backup_extents e where e.tenant_id = p.tenant_id and e.part_id = p.id)
      and not exists (select 1 from backup_upload_extents e where e.tenant_id = p.tenant_id and e.part_id = p.id)
      and exists (select 1 from backup_uploads u where u.tenant_id = p.tenant_id and u.id = p.upload_id and u.state <> 'open')`;
  await tx.sql`
    update backup_parts p set unneeded_at = null
    where p.tenant_id = ${tx.tenantId} and p.unneeded_at is not null
      and (exists (select 1 from backup_extents e where e.tenant_id = p.tenant_id and e.part_id = p.id)
        or exists (select 1 from backup_upload_extents e where e.tenant_id = p.tenant_id and e.part_id = p.id))`;
}

export async function selectExpiredParts(
  tx: TenantTx,
  before: Date,
  count: number,
): Promise<{ id: PartId; blobId: BlobId; spaceId: SpaceId }[]> {
  return tx.sql<{ id: PartId; blobId: BlobId; spaceId: SpaceId }[]>`
    select p.id, p.blob_id as "blobId", p.space_id as "spaceId" from backup_parts p
    where p.tenant_id = ${tx.tenantId} and p.unneeded_at < ${before}
      and not exists (select 1 from backup_extents e where e.tenant_id = p.tenant_id and e.part_id = p.id)
      and not exists (select 1 from backup_upload_extents e where e.tenant_id = p.tenant_id and e.part_id = p.id)
    order by p.unneeded_at limit ${count} for update skip locked`;
}

export async function deletePart(tx: TenantTx, id: PartId): Promise<void> {
  await tx.sql`delete from backup_parts where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Blobs to be deleted, oldest first: those whose time has come by an instant, or all. */
export async function selectDeadBlobs(
  tx: TenantTx,
  place: "first" | "replica",
  { until, ofSpace }: { readonly until: Date; readonly ofSpace: SpaceId | null },
  count: number,
): Promise<{ blobId: BlobId; siteId: string }[]> {
  return tx.sql<{ blobId: BlobId; siteId: string }[]>`
    select blob_id as "blobId", site_id as "siteId" from backup_dead_blobs
    where tenant_id = ${tx.tenantId} and place = ${place} and (since <= ${until} or of_space = ${ofSpace})
    order by since limit ${count}`;
}

export async function forgetDeadBlob(tx: TenantTx, blobId: BlobId): Promise<void> {
  await tx.sql`delete from backup_dead_blobs where tenant_id = ${tx.tenantId} and blob_id = ${blobId}`;
}

/** Which of these blobs some row still names. */
export async function selectNamedBlobs(tx: TenantTx, ids: readonly BlobId[]): Promise<Set<BlobId>> {
  const rows = await tx.sql<{ id: BlobId }[]>`
    select blob_id as id from backup_parts where tenant_id = ${tx.tenantId} and blob_id = any(${[...ids]}::uuid[])
    union select blob_id from backup_objects where tenant_id = ${tx.tenantId} and blob_id = any(${[...ids]}::uuid[])
    union select blob_id from backup_dead_blobs where tenant_id = ${tx.tenantId} and blob_id = any(${[...ids]}::uuid[])
    union select block_map_blob_id from backup_files
      where tenant_id = ${tx.tenantId} and state <> 'purged' and block_map_blob_id = any(${[...ids]}::uuid[])
    union select block_map_blob_id from backup_uploads
      where tenant_id = ${tx.tenantId} and state = 'open' and block_map_blob_id = any(${[...ids]}::uuid[])`;
  return new Set(rows.map((row) => row.id));
}

/** Old VBMs during whose time no live point was made and that are not among the newest. */
export async function deleteOldObjects(tx: TenantTx, before: Date, keep: number): Promise<GoneObject[]> {
  return tx.sql<GoneObject[]>`
    delete from backup_objects o using backup_objects next, backup_chains c
    where o.tenant_id = ${tx.tenantId} and o.kind = 'vbm'
      and next.tenant_id = o.tenant_id and next.chain_id = o.chain_id and next.kind = o.kind and next.version = o.version + 1
      and c.tenant_id = o.tenant_id and c.id = o.chain_id
      and next.stored_at < ${before}
      and next.stored_at <= coalesce((select min(p.at) from backup_points p
        where p.tenant_id = o.tenant_id and p.chain_id = o.chain_id and p.state <> 'deleted'), 'infinity')
      and o.version <= (select max(version) from backup_objects m
        where m.tenant_id = o.tenant_id and m.chain_id = o.chain_id and m.kind = o.kind) - ${keep}
    returning o.blob_id as "blobId", o.length, c.space_id as "spaceId"`;
}

export interface PartToCheck {
  readonly id: PartId;
  readonly blobId: BlobId;
  readonly spaceId: SpaceId;
  readonly length: bigint;
  readonly sha256: Buffer;
}

/**
 * When what was last checked is due: before an instant, or later than now, which a clock that ran ahead said. Clocks of
 * several processes may differ by a gap's length.
 */
export interface Due {
  readonly before: Date;
  readonly now: Date;
}

export const isDue = (tx: TenantTx, { before, now }: Due) => tx.sql`
  (checked_at < ${before} or checked_at > ${new Date(now.getTime() + backupLimits.clockGapMs)})`;

export async function selectPartsToCheck(tx: TenantTx, due: Due, count: number): Promise<PartToCheck[]> {
  return tx.sql<PartToCheck[]>`
    select id, blob_id as "blobId", space_id as "spaceId", length, sha256 from backup_parts
    where tenant_id = ${tx.tenantId} and damaged_at is null and unneeded_at is null and ${isDue(tx, due)}
    order by checked_at limit ${count}`;
}

export async function markPartChecked(tx: TenantTx, id: PartId, now: Date): Promise<void> {
  await tx.sql`update backup_parts set checked_at = ${now} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Keeps marking and mending of a part in single file with the commits of the chains that need it. */
export async function lockChainsOfPart(tx: TenantTx, id: PartId): Promise<void> {
  await tx.sql`
    select 1 from backup_chains where tenant_id = ${tx.tenantId} and id in (
      select u.chain_id from backup_parts p join backup_uploads u on u.tenant_id = p.tenant_id and u.id = p.upload_id
        where p.tenant_id = ${tx.tenantId} and p.id = ${id}
      union
      select f.chain_id from backup_extents e join backup_files f on f.tenant_id = e.tenant_id and f.id = e.file_id
        where e.tenant_id = ${tx.tenantId} and e.part_id = ${id})
    order by id for update`;
}

/**
 * Marks a part, and every point that needs it or builds on one that does; in single file with the commits of the chain,
 * so that a point that comes meanwhile inherits the damage or is marked here. Returns the points newly damaged; null, and
 * marks nothing, when the part has another blob by now than the one that was found bad.
 */
export async function markPartDamaged(
  tx: TenantTx,
  { id, blobId }: { readonly id: PartId; readonly blobId: BlobId },
  now: Date,
): Promise<string[] | null> {
  await lockChainsOfPart(tx, id);
  const parts = await tx.sql`
    update backup_parts set damaged_at = coalesce(damaged_at, ${now}), checked_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${id} and blob_id = ${blobId} returning 1`;
  if (parts.length === 0) return null;
  const rows = await tx.sql<{ id: string }[]>`
    with recursive hit as (
      select file_id as id from backup_extents where tenant_id = ${tx.tenantId} and part_id = ${id}
      union
      select f.id from backup_files f join hit on f.parent_file_id = hit.id where f.tenant_id = ${tx.tenantId})
    update backup_points set state = 'damaged'
    where tenant_id = ${tx.tenantId} and state = 'good' and file_id in (select id from hit) returning id`;
  return rows.map((row) => row.id);
}

export interface ScrubRow {
  readonly id: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly parts: bigint;
  readonly bytes: bigint;
  readonly damaged: bigint;
  readonly place: "first" | "replica";
  /** Of the bad ones, those that were written anew from the other copy. */
  readonly mended: bigint;
}

export async function insertScrub(tx: TenantTx, row: ScrubRow): Promise<void> {
  await tx.sql`
    insert into backup_scrubs (tenant_id, id, started_at, finished_at, parts, bytes, damaged, place, mended)
    values (${tx.tenantId}, ${row.id}, ${row.startedAt}, ${row.finishedAt}, ${row.parts}, ${row.bytes}, ${row.damaged},
      ${row.place}, ${row.mended})`;
}

export async function selectScrubs(tx: TenantTx, count: number): Promise<ScrubRow[]> {
  return tx.sql<ScrubRow[]>`
    select id, started_at as "startedAt", finished_at as "finishedAt", parts, bytes, damaged, place, mended
    from backup_scrubs
    where tenant_id = ${tx.tenantId} order by started_at desc, id desc limit ${count}`;
}

/** Since when the vault's clock has run so, without a tick; null when nobody has ticked within a gap's length. */
export async function selectSteadySince(tx: Pick<LookupTx, "sql">, now: Date, gapMs: number): Promise<Date | null> {
  const [row] = await tx.sql<{ steadySince: Date }[]>`
    select steady_since as "steadySince" from backup_clock
    where abs(extract(epoch from ticked_at - ${now}::timestamptz)) <= ${gapMs / 1000}`;
  return row?.steadySince ?? null;
}

/** Ticks the vault's clock; returns since when it has been running without a step back or a gap. */
export async function tickClock(tx: LookupTx, now: Date, gapMs: number): Promise<Date> {
  const [row] = await tx.sql<{ steadySince: Date }[]>`
    insert into backup_clock as c (ticked_at, steady_since) values (${now}, ${now})
    on conflict (id) do update set ticked_at = excluded.ticked_at,
      steady_since = case when excluded.ticked_at < c.ticked_at
        or excluded.ticked_at > c.ticked_at + make_interval(secs => ${gapMs / 1000}) then excluded.ticked_at else c.steady_since end
    returning steady_since as "steadySince"`;
  return row?.steadySince ?? now;
}
