import type { BlobId, SpaceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

export type CopyPlace = "first" | "replica";
export type CopyKind = "part" | "block_map" | "keyring" | "vbm";

/** What one location holds of one space. */
export interface CopySum {
  readonly spaceId: SpaceId;
  readonly place: CopyPlace;
  readonly blobs: bigint;
  readonly bytes: bigint;
  /** Wanted and not there yet, or there and failed its check. */
  readonly waitingBlobs: bigint;
  readonly waitingBytes: bigint;
  readonly damagedBlobs: bigint;
  /** The newest copy, and the oldest check. */
  readonly storedAt: Date | null;
  readonly checkedAt: Date | null;
}

/** One copy of one stored blob. */
export interface CopyRow {
  readonly blobId: BlobId;
  readonly kind: CopyKind;
  readonly place: CopyPlace;
  readonly length: bigint;
  readonly sha256: Buffer;
  /** Null while it is still to be made. */
  readonly storedAt: Date | null;
  readonly checkedAt: Date | null;
  readonly state: "stored" | "waiting" | "damaged";
}

/** Everything that is stored of a tenant: also what waits in the bin or for the end of its grace, since it is a copy. */
const held = (tx: TenantTx) => tx.sql`
  select p.blob_id, 'part' as kind, p.space_id, p.length, p.sha256, p.stored_at, p.checked_at, p.damaged_at
  from backup_parts p where p.tenant_id = ${tx.tenantId}
  union all
  select block_map_blob_id, 'block_map', space_id, block_map_bytes, block_map_sha256, committed_at, null, null
  from backup_files where tenant_id = ${tx.tenantId} and state <> 'purged'
  union all
  select o.blob_id, o.kind, c.space_id, o.length, o.sha256, o.stored_at, null, null
  from backup_objects o join backup_chains c on c.tenant_id = o.tenant_id and c.id = o.chain_id
  where o.tenant_id = ${tx.tenantId}`;

const copies = (tx: TenantTx) => tx.sql`
  select held.blob_id, held.kind, held.space_id, 'first' as place, held.length, held.sha256, held.stored_at, held.checked_at,
    case when held.damaged_at is not null or r.first_damaged_at is not null then 'damaged' else 'stored' end as state
  from (${held(tx)}) held
  left join backup_replicas r on r.tenant_id = ${tx.tenantId} and r.blob_id = held.blob_id
  union all
  select r.blob_id, held.kind, r.space_id, 'replica', r.length, r.sha256, r.stored_at, r.checked_at,
    case when r.replica_blob_id is null then 'waiting' else 'stored' end
  from backup_replicas r join (${held(tx)}) held on held.blob_id = r.blob_id where r.tenant_id = ${tx.tenantId}`;

/** By space and location; of one space or all. Read from the rows that name the blobs, not from counters (R28). */
export async function selectCopySums(tx: TenantTx, spaceId: SpaceId | null): Promise<CopySum[]> {
  return tx.sql<CopySum[]>`
    select space_id as "spaceId", place, count(*) filter (where state <> 'waiting') as blobs,
      coalesce(sum(length) filter (where state <> 'waiting'), 0)::bigint as bytes,
      count(*) filter (where state = 'waiting') as "waitingBlobs",
      coalesce(sum(length) filter (where state = 'waiting'), 0)::bigint as "waitingBytes",
      count(*) filter (where state = 'damaged') as "damagedBlobs",
      max(stored_at) as "storedAt", min(checked_at) as "checkedAt"
    from (${copies(tx)}) c where (${spaceId}::uuid is null or space_id = ${spaceId})
    group by space_id, place order by space_id, place`;
}

/** Every copy of a space's blobs, or of those that one file needs, in the order of their blobs. */
export async function selectCopies(
  tx: TenantTx,
  query: { readonly spaceId: SpaceId; readonly pointId: string | null; readonly after: string | null },
  count: number,
): Promise<CopyRow[]> {
  const { spaceId, pointId, after } = query;
  return tx.sql<CopyRow[]>`
    select blob_id as "blobId", kind, place, length, sha256, stored_at as "storedAt", checked_at as "checkedAt", state
    from (${copies(tx)}) c
    where space_id = ${spaceId} and (${after}::uuid is null or blob_id > ${after})
      and (${pointId}::uuid is null or blob_id in (
        select p.blob_id from backup_points pt
        join backup_extents e on e.tenant_id = pt.tenant_id and e.file_id = pt.file_id
        join backup_parts p on p.tenant_id = e.tenant_id and p.id = e.part_id
        where pt.tenant_id = ${tx.tenantId} and pt.id = ${pointId}
        union
        select f.block_map_blob_id from backup_points pt
        join backup_files f on f.tenant_id = pt.tenant_id and f.id = pt.file_id
        where pt.tenant_id = ${tx.tenantId} and pt.id = ${pointId}))
    order by blob_id, place limit ${count}`;
}
