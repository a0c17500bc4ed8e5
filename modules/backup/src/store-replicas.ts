import type { BlobId, SpaceId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { FileId, PartId } from "./rows.ts";
import { type Due, isDue } from "./store-collect.ts";

/** A wanted or stored copy of a blob. */
export interface ReplicaRow {
  readonly blobId: BlobId;
  readonly spaceId: SpaceId;
  readonly length: bigint;
  readonly sha256: Buffer;
  readonly replicaBlobId: BlobId | null;
  readonly firstDamagedAt: Date | null;
  /** Block maps and objects are none; they are checked at the first location together with their copy. */
  readonly partId: PartId | null;
}

const replicaColumns = (tx: TenantTx) => tx.sql`
  r.blob_id as "blobId", r.space_id as "spaceId", r.length, r.sha256, r.replica_blob_id as "replicaBlobId",
  r.first_damaged_at as "firstDamagedAt",
  (select p.id from backup_parts p where p.tenant_id = r.tenant_id and p.blob_id = r.blob_id) as "partId"`;

/** Wants a copy of one blob. */
export async function insertReplica(
  tx: TenantTx,
  row: Pick<ReplicaRow, "blobId" | "spaceId" | "length" | "sha256">,
  now: Date,
): Promise<void> {
  await tx.sql`
    insert into backup_replicas (tenant_id, blob_id, space_id, length, sha256, wanted_at)
    values (${tx.tenantId}, ${row.blobId}, ${row.spaceId}, ${row.length}, ${row.sha256}, ${now}) on conflict do nothing`;
}

/** Wants a copy of everything that a file needs: its parts, those it refers to, its block map. */
export async function insertReplicasOfFile(tx: TenantTx, fileId: FileId, now: Date): Promise<void> {
  await tx.sql`
    insert into backup_replicas (tenant_id, blob_id, space_id, length, sha256, wanted_at)
    select distinct p.tenant_id, p.blob_id, p.space_id, p.length, p.sha256, ${now}::timestamptz
    from backup_extents e join backup_parts p on p.tenant_id = e.tenant_id and p.id = e.part_id
    where e.tenant_id = ${tx.tenantId} and e.file_id = ${fileId}
    union all
    select tenant_id, block_map_blob_id, space_id, block_map_bytes, block_map_sha256, ${now}
    from backup_files where tenant_id = ${tx.tenantId} and id = ${fileId}
    on conflict do nothing`;
}

/** Wants copies of what such spaces hold and has none yet: of a space whose plan has changed. Returns how many. */
export async function insertMissingReplicas(tx: TenantTx, spaceIds: readonly SpaceId[], now: Date): Promise<number> {
  if (spaceIds.length === 0) return 0;
  const ids = [...spaceIds];
  const rows = await tx.sql`
    insert into backup_replicas (tenant_id, blob_id, space_id, length, sha256, wanted_at)
    select ${tx.tenantId}, held.blob_id, held.space_id, held.length, held.sha256, ${now}::timestamptz from (
      select p.blob_id, p.space_id, p.length, p.sha256 from backup_parts p
      where p.tenant_id = ${tx.tenantId} and p.space_id = any(${ids}::uuid[])
        and exists (select 1 from backup_extents e where e.tenant_id = p.tenant_id and e.part_id = p.id)
      union all
      select block_map_blob_id, space_id, block_map_bytes, block_map_sha256 from backup_files
      where tenant_id = ${tx.tenantId} and space_id = any(${ids}::uuid[]) and state <> 'purged'
      union all
      select o.blob_id, c.space_id, o.length, o.sha256 from backup_objects o
      join backup_chains c on c.tenant_id = o.tenant_id and c.id = o.chain_id
      where o.tenant_id = ${tx.tenantId} and c.space_id = any(${ids}::uuid[])) held
    where not exists (select 1 from backup_replicas r where r.tenant_id = ${tx.tenantId} and r.blob_id = held.blob_id)
    on conflict do nothing returning 1`;
  return rows.length;
}

/** Copies still to be made, or to mend the first from; after a blob, in the order of their ids. */
export async function selectReplicaWork(tx: TenantTx, after: BlobId | null, count: number): Promise<ReplicaRow[]> {
  return tx.sql<ReplicaRow[]>`
    select ${replicaColumns(tx)} from backup_replicas r
    where r.tenant_id = ${tx.tenantId} and (r.replica_blob_id is null or r.first_damaged_at is not null)
      and (${after}::uuid is null or r.blob_id > ${after}) order by r.blob_id limit ${count}`;
}

/** False when the copy is not wanted any more or was made meanwhile. */
export async function markReplicaStored(tx: TenantTx, blobId: BlobId, copy: BlobId, now: Date): Promise<boolean> {
  const rows = await tx.sql`
    update backup_replicas set replica_blob_id = ${copy}, stored_at = ${now}, checked_at = ${now}
    where tenant_id = ${tx.tenantId} and blob_id = ${blobId} and replica_blob_id is null returning 1`;
  return rows.length === 1;
}

/** The copy of a blob, by the name it has or had before it was mended. */
export async function selectReplica(tx: TenantTx, blobId: BlobId): Promise<ReplicaRow | null> {
  const [row] = await tx.sql<ReplicaRow[]>`
    select ${replicaColumns(tx)} from backup_replicas r
    where r.tenant_id = ${tx.tenantId} and (r.blob_id = ${blobId} or r.former_blob_id = ${blobId})
    order by r.blob_id = ${blobId} desc limit 1`;
  return row ?? null;
}

export async function markFirstDamaged(tx: TenantTx, blobId: BlobId, now: Date): Promise<void> {
  await tx.sql`
    update backup_replicas set first_damaged_at = coalesce(first_damaged_at, ${now})
    where tenant_id = ${tx.tenantId} and blob_id = ${blobId} and replica_blob_id is not null`;
}

/** A copy that failed its check is to be made anew. False when it is another by now. */
export async function dropCopy(tx: TenantTx, blobId: BlobId, copy: BlobId, now: Date): Promise<boolean> {
  const rows = await tx.sql`
    update backup_replicas set replica_blob_id = null, stored_at = null, checked_at = null, mended_at = ${now}
    where tenant_id = ${tx.tenantId} and blob_id = ${blobId} and replica_blob_id = ${copy} returning 1`;
  return rows.length === 1;
}

/** Every row that names the blob names the new one instead. False when none does any more. */
export async function renameBlob(tx: TenantTx, from: BlobId, to: BlobId, now: Date): Promise<boolean> {
  const moved = await tx.sql`
    update backup_replicas set blob_id = ${to}, former_blob_id = ${from}, first_damaged_at = null, mended_at = ${now}
    where tenant_id = ${tx.tenantId} and blob_id = ${from} and replica_blob_id is not null returning 1`;
  if (moved.length === 0) return false;
  const parts = await tx.sql`
    update backup_parts set blob_id = ${to}, damaged_at = null, checked_at = ${now}
    where tenant_id = ${tx.tenantId} and blob_id = ${from} returning 1`;
  const maps = await tx.sql`
    update backup_files set block_map_blob_id = ${to}
    where tenant_id = ${tx.tenantId} and block_map_blob_id = ${from} and state <> 'purged' returning 1`;
  const objects = await tx.sql`
    update backup_objects set blob_id = ${to} where tenant_id = ${tx.tenantId} and blob_id = ${from} returning 1`;
  return parts.length + maps.length + objects.length > 0;
}

/** Files that need a damaged part, and all that build upon them, as a common table `hit`. */
const damagedFiles = (tx: TenantTx) => tx.sql`
  hit as (
    select e.file_id as id from backup_extents e join backup_parts p on p.tenant_id = e.tenant_id and p.id = e.part_id
    where e.tenant_id = ${tx.tenantId} and p.damaged_at is not null
    union
    select f.id from backup_files f join hit on f.parent_file_id = hit.id where f.tenant_id = ${tx.tenantId})`;

/** Marks the points that need a damaged part or build on one that does. */
export async function spreadDamage(tx: TenantTx): Promise<void> {
  await tx.sql`
    with recursive ${damagedFiles(tx)}
    update backup_points set state = 'damaged'
    where tenant_id = ${tx.tenantId} and state = 'good' and file_id in (select id from hit)`;
}

/** Points whose every part is sound again, their ancestors' too, are good again. Returns them. */
export async function restorePointStates(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    with recursive ${damagedFiles(tx)}
    update backup_points set state = 'good'
    where tenant_id = ${tx.tenantId} and state = 'damaged' and not exists (select 1 from hit where hit.id = file_id) returning id`;
  return rows.map((row) => row.id);
}

/** Copies not checked since an instant, oldest first. */
export async function selectReplicasToCheck(tx: TenantTx, due: Due, count: number): Promise<ReplicaRow[]> {
  return tx.sql<ReplicaRow[]>`
    select ${replicaColumns(tx)} from backup_replicas r
    where r.tenant_id = ${tx.tenantId} and r.replica_blob_id is not null and ${isDue(tx, due)}
    order by r.checked_at limit ${count}`;
}

export async function markReplicaChecked(tx: TenantTx, blobId: BlobId, now: Date): Promise<void> {
  await tx.sql`
    update backup_replicas set checked_at = ${now}
    where tenant_id = ${tx.tenantId} and blob_id = ${blobId} and replica_blob_id is not null`;
}

/** Copies go with what they copy, and from spaces that are to have none. Returns those that were stored. */
export async function deleteNeedlessReplicas(
  tx: TenantTx,
  unwanted: readonly SpaceId[],
  count: number,
): Promise<{ readonly gone: number; readonly stored: { replicaBlobId: BlobId; spaceId: SpaceId }[] }> {
  const rows = await tx.sql<{ replicaBlobId: BlobId | null; spaceId: SpaceId }[]>`
    delete from backup_replicas where (tenant_id, blob_id) in (
      select r.tenant_id, r.blob_id from backup_replicas r
      where r.tenant_id = ${tx.tenantId} and (r.space_id = any(${[...unwanted]}::uuid[]) or not (
        exists (select 1 from backup_parts p where p.tenant_id = r.tenant_id and p.blob_id = r.blob_id)
        or exists (select 1 from backup_objects o where o.tenant_id = r.tenant_id and o.blob_id = r.blob_id)
        or exists (select 1 from backup_files f where f.tenant_id = r.tenant_id and f.block_map_blob_id = r.blob_id
          and f.state <> 'purged')))
      limit ${count} for update skip locked)
    returning replica_blob_id as "replicaBlobId", space_id as "spaceId"`;
  const stored = rows.flatMap(({ replicaBlobId, spaceId }) =>
    replicaBlobId === null ? [] : [{ replicaBlobId, spaceId }],
  );
  return { gone: rows.length, stored };
}

/** Which of these blobs of a second location some row names. */
export async function selectNamedReplicas(tx: TenantTx, ids: readonly BlobId[]): Promise<Set<BlobId>> {
  const rows = await tx.sql<{ id: BlobId }[]>`
    select replica_blob_id as id from backup_replicas
      where tenant_id = ${tx.tenantId} and replica_blob_id = any(${[...ids]}::uuid[])
    union select blob_id from backup_dead_blobs where tenant_id = ${tx.tenantId} and blob_id = any(${[...ids]}::uuid[])`;
  return new Set(rows.map((row) => row.id));
}

export async function selectStoredReplicas(tx: TenantTx): Promise<{ blobId: BlobId; spaceId: SpaceId }[]> {
  return tx.sql<{ blobId: BlobId; spaceId: SpaceId }[]>`
    select replica_blob_id as "blobId", space_id as "spaceId" from backup_replicas
    where tenant_id = ${tx.tenantId} and replica_blob_id is not null`;
}

/** Spaces of which copies lie at a second location. */
export async function selectReplicaSpaces(tx: TenantTx): Promise<SpaceId[]> {
  const rows = await tx.sql<{ spaceId: SpaceId }[]>`
    select distinct space_id as "spaceId" from backup_replicas
    where tenant_id = ${tx.tenantId} and replica_blob_id is not null`;
  return rows.map(({ spaceId }) => spaceId);
}

/** Copies that a site's second location does not have yet. */
export interface ReplicaLag {
  readonly waiting: number;
  readonly bytes: bigint;
  readonly oldestAt: Date;
}

/** Of every customer; none when nothing waits. */
export const selectReplicaLag = (tx: OperatorTx, siteId: string): Promise<ReplicaLag[]> =>
  tx.sql<ReplicaLag[]>`
    select count(*)::int as waiting, sum(r.length)::bigint as bytes, min(r.wanted_at) as "oldestAt"
    from backup_replicas r join spaces_spaces s on s.tenant_id = r.tenant_id and s.id = r.space_id
    where r.replica_blob_id is null and s.site_id = ${siteId} having count(*) > 0`;
