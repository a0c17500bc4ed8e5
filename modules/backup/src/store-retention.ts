import type { DeviceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Anomaly, RunFigures } from "./find-anomaly.ts";
import type { ChainId, FileId, FileRow, PointId } from "./rows.ts";

export async function selectChainsOfTenant(
  tx: TenantTx,
): Promise<{ id: ChainId; deviceId: DeviceId; mergePointId: PointId | null }[]> {
  return tx.sql<{ id: ChainId; deviceId: DeviceId; mergePointId: PointId | null }[]>`
    select id, device_id as "deviceId", merge_point_id as "mergePointId" from backup_chains
    where tenant_id = ${tx.tenantId} order by device_id, id`;
}

export async function setMergePoint(tx: TenantTx, id: ChainId, pointId: string | null): Promise<void> {
  await tx.sql`
    update backup_chains set merge_point_id = ${pointId} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** The point to be merged, while it is a live increment. */
export async function selectMergePoint(tx: TenantTx, id: ChainId): Promise<PointId | null> {
  const [row] = await tx.sql<{ id: PointId }[]>`
    select p.id from backup_chains c
    join backup_points p on p.tenant_id = c.tenant_id and p.id = c.merge_point_id
    join backup_files f on f.tenant_id = p.tenant_id and f.id = p.file_id
    where c.tenant_id = ${tx.tenantId} and c.id = ${id} and f.state = 'live' and f.kind = 'vib'`;
  return row?.id ?? null;
}

/** The last runs of a device that made a point, newest first. */
export async function selectRunFigures(tx: TenantTx, deviceId: DeviceId, count: number): Promise<RunFigures[]> {
  return tx.sql<RunFigures[]>`
    select run_id as "runId", files_total as "filesTotal", bytes_sent as "bytesSent" from devices_reports
    where tenant_id = ${tx.tenantId} and device_id = ${deviceId} and point_id is not null and kind = 'backup'
    order by received_at desc, run_id desc limit ${count}`;
}

/** False when this run's alarm is known. */
export async function insertAlarm(
  tx: TenantTx,
  row: Anomaly & { readonly id: string; readonly deviceId: DeviceId },
  now: Date,
): Promise<boolean> {
  const rows = await tx.sql`
    insert into backup_alarms (tenant_id, id, device_id, kind, run_id, raised_at, usual, found)
    values (${tx.tenantId}, ${row.id}, ${row.deviceId}, ${row.kind}, ${row.runId}, ${now}, ${row.usual}, ${row.found})
    on conflict (tenant_id, device_id, run_id, kind) do nothing returning 1`;
  return rows.length === 1;
}

export interface AlarmRow {
  readonly id: string;
  readonly deviceId: DeviceId;
  readonly kind: Anomaly["kind"];
  readonly raisedAt: Date;
  readonly usual: bigint;
  readonly found: bigint;
}

/** Alarms that nobody has released, newest first. */
export async function selectOpenAlarms(tx: TenantTx, deviceId: DeviceId | null): Promise<AlarmRow[]> {
  return tx.sql<AlarmRow[]>`
    select id, device_id as "deviceId", kind, raised_at as "raisedAt", usual, found from backup_alarms
    where tenant_id = ${tx.tenantId} and released_at is null and (${deviceId}::uuid is null or device_id = ${deviceId})
    order by raised_at desc, id limit 500`;
}

export async function releaseAlarm(tx: TenantTx, id: string, by: string, now: Date): Promise<boolean> {
  const rows = await tx.sql`
    update backup_alarms set released_at = ${now}, released_by = ${by}
    where tenant_id = ${tx.tenantId} and id = ${id} and released_at is null returning 1`;
  return rows.length === 1;
}

/** A file of the bin and all in the bin that it is built upon, oldest first; null when a part of the line is gone. */
export async function selectBinnedLine(
  tx: TenantTx,
  pointId: PointId,
): Promise<Pick<FileRow, "id" | "state">[] | null> {
  const rows = await tx.sql<{ id: FileId; state: FileRow["state"]; seq: bigint }[]>`
    with recursive line as (
      select f.id, f.parent_file_id, f.state, f.seq from backup_files f join backup_points p
        on p.tenant_id = f.tenant_id and p.file_id = f.id
        where f.tenant_id = ${tx.tenantId} and p.id = ${pointId}
      union all
      select f.id, f.parent_file_id, f.state, f.seq from backup_files f join line on f.id = line.parent_file_id
        where f.tenant_id = ${tx.tenantId})
    select id, state, seq from line order by seq`;
  return rows.some((row) => row.state === "purged") ? null : rows.filter((row) => row.state === "deleted");
}

/** Takes a file out of the bin; damaged when one of its parts or of its parent's is. False when it was purged meanwhile. */
export async function reviveFile(tx: TenantTx, id: FileId, now: Date): Promise<boolean> {
  const rows = await tx.sql`
    update backup_files set state = 'live', deleted_at = null, revived_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'deleted' returning 1`;
  if (rows.length === 0) return false;
  await tx.sql`
    update backup_points p set state = case when exists (
        select 1 from backup_extents e join backup_parts part on part.tenant_id = e.tenant_id and part.id = e.part_id
        where e.tenant_id = p.tenant_id and e.file_id = p.file_id and part.damaged_at is not null)
      or exists (select 1 from backup_files f join backup_points pp on pp.tenant_id = f.tenant_id and pp.file_id = f.parent_file_id
        where f.tenant_id = p.tenant_id and f.id = p.file_id and pp.state = 'damaged') then 'damaged' else 'good' end
    where p.tenant_id = ${tx.tenantId} and p.file_id = ${id}`;
  return true;
}
