import type { DeviceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { FileId, FileKind } from "./rows.ts";

/** A file that a point had before the one it has, still stored in the bin. */
export interface EarlierFile {
  readonly id: FileId;
  /** The file that the point has now. */
  readonly presentId: FileId;
  readonly kind: FileKind;
  readonly size: bigint;
  readonly committedAt: Date;
  /** When its days in the bin begin: what the point's lock was when it was replaced, or that moment. */
  readonly deletedAt: Date;
}

/** The earlier files of points that have these files now, those replaced last first. */
export async function selectEarlierFiles(tx: TenantTx, presentIds: readonly FileId[]): Promise<EarlierFile[]> {
  return tx.sql<EarlierFile[]>`
    with recursive earlier as (
      select f.id, f.replaced_by as present from backup_files f
        where f.tenant_id = ${tx.tenantId} and f.replaced_by = any(${[...presentIds]}::uuid[]) and f.state = 'deleted'
      union all
      select f.id, earlier.present from backup_files f join earlier on f.replaced_by = earlier.id
        where f.tenant_id = ${tx.tenantId} and f.state = 'deleted')
    select f.id, earlier.present as "presentId", f.kind, f.size, f.committed_at as "committedAt", f.deleted_at as "deletedAt"
    from earlier join backup_files f on f.tenant_id = ${tx.tenantId} and f.id = earlier.id
    order by f.deleted_at desc, f.committed_at desc`;
}

/** Takes a replaced file out of the bin; its point still has another. False when it was purged meanwhile. */
export async function reviveReplacedFile(tx: TenantTx, id: FileId, now: Date): Promise<boolean> {
  const rows = await tx.sql`
    update backup_files set state = 'live', deleted_at = null, replaced_by = null, revived_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'deleted' returning 1`;
  return rows.length === 1;
}

/** Bytes of the parts that no live file needs, but replaced ones of the device whose point's lock has not ended. */
export async function selectSetAsideBytes(tx: TenantTx, deviceId: DeviceId, now: Date): Promise<bigint> {
  const [row] = await tx.sql<{ bytes: bigint }[]>`
    select coalesce(sum(p.length), 0)::bigint as bytes from backup_parts p
    where p.tenant_id = ${tx.tenantId} and p.id in (
        select e.part_id from backup_files f join backup_extents e on e.tenant_id = f.tenant_id and e.file_id = f.id
        where f.tenant_id = ${tx.tenantId} and f.device_id = ${deviceId} and f.state = 'deleted'
          and f.replaced_by is not null and f.deleted_at > ${now})
      and not exists (select 1 from backup_extents e join backup_files f on f.tenant_id = e.tenant_id and f.id = e.file_id
        where e.tenant_id = p.tenant_id and e.part_id = p.id and f.state = 'live')`;
  return row?.bytes ?? 0n;
}
