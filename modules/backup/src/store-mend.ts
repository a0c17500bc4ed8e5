import type { BlobId, SpaceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { FileId, PartId } from "./rows.ts";

/** A stretch of a file that lies in a part marked as damaged. */
export interface DamagedExtent {
  readonly fileOffset: bigint;
  readonly length: bigint;
  readonly partId: PartId;
  readonly partOffset: bigint;
  readonly partLength: bigint;
  readonly blobId: BlobId;
  readonly spaceId: SpaceId;
  readonly sha256: Buffer;
}

/** Of extents that hold bytes of [from, to) those in damaged parts, in order, at most `count`. */
export async function selectDamagedExtents(
  tx: TenantTx,
  fileId: FileId,
  from: bigint,
  to: bigint,
  count: number,
): Promise<DamagedExtent[]> {
  return tx.sql<DamagedExtent[]>`
    select e.file_offset as "fileOffset", e.length, e.part_id as "partId", e.part_offset as "partOffset",
      part.length as "partLength", part.blob_id as "blobId", part.space_id as "spaceId", part.sha256
    from backup_extents e join backup_parts part on part.tenant_id = e.tenant_id and part.id = e.part_id
    where e.tenant_id = ${tx.tenantId} and e.file_id = ${fileId} and e.file_offset < ${to}
      and e.file_offset + e.length > ${from} and part.damaged_at is not null
    order by e.file_offset limit ${count}`;
}

/** A damaged part has a sound blob again, and so has its copy's row. False when it is another, or sound, by now. */
export async function renamePartBlob(tx: TenantTx, from: BlobId, to: BlobId, now: Date): Promise<boolean> {
  const parts = await tx.sql`
    update backup_parts set blob_id = ${to}, damaged_at = null, checked_at = ${now}
    where tenant_id = ${tx.tenantId} and blob_id = ${from} and damaged_at is not null returning 1`;
  if (parts.length === 0) return false;
  await tx.sql`
    update backup_replicas set blob_id = ${to}, former_blob_id = ${from}, first_damaged_at = null, mended_at = ${now}
    where tenant_id = ${tx.tenantId} and blob_id = ${from}`;
  return true;
}
