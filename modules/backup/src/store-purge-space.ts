import type { BlobId, SpaceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

const ids = (rows: readonly { readonly id: BlobId }[]): BlobId[] => rows.map(({ id }) => id);

/** Until when a live point of the space is locked; null when none is. */
export async function selectSpaceLock(tx: TenantTx, spaceId: SpaceId): Promise<Date | null> {
  const [row] = await tx.sql<{ until: Date | null }[]>`
    select max(p.locked_until) as until from backup_points p
    join backup_files f on f.tenant_id = p.tenant_id and f.id = p.file_id
    where p.tenant_id = ${tx.tenantId} and f.space_id = ${spaceId} and p.state <> 'deleted'`;
  return row?.until ?? null;
}

/** Files of the space in the bin, with what points at their bytes; returns their block maps. */
export async function takePurged(tx: TenantTx, spaceId: SpaceId, count: number): Promise<BlobId[]> {
  const files = await tx.sql<{ file: string; id: BlobId }[]>`
    select id as file, block_map_blob_id as id from backup_files
    where tenant_id = ${tx.tenantId} and space_id = ${spaceId} and state = 'deleted' limit ${count} for update`;
  const gone = files.map(({ file }) => file);
  await tx.sql`delete from backup_extents where tenant_id = ${tx.tenantId} and file_id = any(${gone}::uuid[])`;
  await tx.sql`delete from backup_points where tenant_id = ${tx.tenantId} and file_id = any(${gone}::uuid[])`;
  await tx.sql`
    update backup_files set state = 'purged' where tenant_id = ${tx.tenantId} and id = any(${gone}::uuid[])`;
  return ids(files);
}

/** Parts of the space that nothing needs any more. */
export async function takeParts(tx: TenantTx, spaceId: SpaceId, count: number): Promise<BlobId[]> {
  await tx.sql`
    delete from backup_upload_extents e using backup_uploads u
    where e.tenant_id = ${tx.tenantId} and u.tenant_id = e.tenant_id and u.id = e.upload_id and u.space_id = ${spaceId}`;
  return ids(
    await tx.sql<{ id: BlobId }[]>`
      delete from backup_parts where tenant_id = ${tx.tenantId} and id in (
        select id from backup_parts where tenant_id = ${tx.tenantId} and space_id = ${spaceId} limit ${count} for update)
      returning blob_id as id`,
  );
}

/** Keyrings and lists of the space's chains, every version. */
export async function takeObjects(tx: TenantTx, spaceId: SpaceId, count: number): Promise<BlobId[]> {
  return ids(
    await tx.sql<{ id: BlobId }[]>`
      delete from backup_objects where (tenant_id, chain_id, kind, version) in (
        select o.tenant_id, o.chain_id, o.kind, o.version from backup_objects o
        join backup_chains c on c.tenant_id = o.tenant_id and c.id = o.chain_id
        where o.tenant_id = ${tx.tenantId} and c.space_id = ${spaceId} limit ${count})
      returning blob_id as id`,
  );
}

/** Copies at the second location of what the space held; null for those that were still to be made. */
export async function takeReplicas(tx: TenantTx, spaceId: SpaceId, count: number): Promise<(BlobId | null)[]> {
  const rows = await tx.sql<{ id: BlobId | null }[]>`
    delete from backup_replicas where tenant_id = ${tx.tenantId} and blob_id in (
      select blob_id from backup_replicas where tenant_id = ${tx.tenantId} and space_id = ${spaceId}
      order by blob_id limit ${count} for update)
    returning replica_blob_id as id`;
  return rows.map(({ id }) => id);
}
