import type { DeviceId, SpaceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

export interface UsageDelta {
  readonly spaceId: SpaceId;
  readonly deviceId: DeviceId;
  readonly storedBytes?: bigint;
  readonly receivedBytes?: bigint;
  /** Read by a browser to restore. */
  readonly restoredBytes?: bigint;
  readonly points?: number;
}

/** Adds to the UTC day of `now`, in the transaction that moves the bytes (R10). */
export async function addUsage(tx: TenantTx, delta: UsageDelta, now: Date): Promise<void> {
  const day = now.toISOString().slice(0, 10);
  await tx.sql`
    insert into backup_usage_daily as u (tenant_id, space_id, device_id, day, stored_delta_bytes, received_bytes,
      restored_bytes, points)
    values (${tx.tenantId}, ${delta.spaceId}, ${delta.deviceId}, ${day}::text::date, ${delta.storedBytes ?? 0n},
      ${delta.receivedBytes ?? 0n}, ${delta.restoredBytes ?? 0n}, ${BigInt(delta.points ?? 0)})
    on conflict (tenant_id, space_id, device_id, day) do update set
      stored_delta_bytes = u.stored_delta_bytes + excluded.stored_delta_bytes,
      received_bytes = u.received_bytes + excluded.received_bytes,
      restored_bytes = u.restored_bytes + excluded.restored_bytes, points = u.points + excluded.points`;
}

export interface UsageDay {
  readonly day: string;
  readonly spaceId: SpaceId;
  readonly deviceId: DeviceId;
  readonly storedBytes: bigint;
  readonly receivedBytes: bigint;
  readonly restoredBytes: bigint;
  readonly points: bigint;
}

/** Every day of the range for every device that ever stored something, with what it held at the day's end. */
export async function selectUsage(
  tx: TenantTx,
  range: { readonly from: string; readonly to: string; readonly spaceId: SpaceId | null },
  count: number,
): Promise<UsageDay[]> {
  return tx.sql<UsageDay[]>`
    with mine as (
      select * from backup_usage_daily
      where tenant_id = ${tx.tenantId} and day <= ${range.to}::text::date
        and (${range.spaceId}::uuid is null or space_id = ${range.spaceId})),
    before as (
      select space_id, device_id, coalesce(sum(stored_delta_bytes) filter (where day < ${range.from}::text::date), 0) as held
      from mine group by space_id, device_id),
    days as (
      select generate_series(${range.from}::text::date, ${range.to}::text::date, interval '1 day')::date as day)
    select to_char(days.day, 'YYYY-MM-DD') as day, b.space_id as "spaceId", b.device_id as "deviceId",
      (b.held + sum(coalesce(m.stored_delta_bytes, 0)) over (partition by b.space_id, b.device_id order by days.day))::bigint as "storedBytes",
      coalesce(m.received_bytes, 0) as "receivedBytes", coalesce(m.restored_bytes, 0) as "restoredBytes",
      coalesce(m.points, 0) as points
    from days cross join before b
    left join mine m on m.space_id = b.space_id and m.device_id = b.device_id and m.day = days.day
    order by days.day, b.space_id, b.device_id limit ${count}`;
}

/** Of each chain with a full: its newest full, and the mean of its last thirty increments, in bytes. */
export async function selectSizes(
  tx: TenantTx,
  deviceIds: readonly DeviceId[],
): Promise<{ fullBytes: bigint; changedBytes: bigint }[]> {
  return tx.sql<{ fullBytes: bigint; changedBytes: bigint }[]>`
    select f.size as "fullBytes", coalesce((select avg(i.size)::bigint from (
        select size from backup_files where tenant_id = f.tenant_id and chain_id = f.chain_id and kind = 'vib'
        order by seq desc limit 30) i), 0) as "changedBytes"
    from backup_files f
    where f.tenant_id = ${tx.tenantId} and f.device_id = any(${[...deviceIds]}::uuid[]) and f.kind = 'vbk'
      and f.state = 'live' and f.seq = (select max(seq) from backup_files n
        where n.tenant_id = f.tenant_id and n.chain_id = f.chain_id and n.kind = 'vbk' and n.state = 'live')`;
}

/** Whether a browser ever read something to restore it. */
export async function selectHasRestored(tx: TenantTx): Promise<boolean> {
  const rows = await tx.sql`
    select 1 from backup_usage_daily where tenant_id = ${tx.tenantId} and restored_bytes > 0 limit 1`;
  return rows.length > 0;
}
