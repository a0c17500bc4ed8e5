import type { DeviceId, SpaceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Device, RunResult } from "./device.ts";

export interface DeviceListQuery {
  readonly spaceId: SpaceId | null;
  /** Part of name or host name; empty for all. */
  readonly search: string;
  /** The last device of the page before. */
  readonly after: DeviceId | null;
  readonly count: number;
}

const likeText = (text: string): string => `%${text.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`;

const matching = (tx: TenantTx, { spaceId, search }: DeviceListQuery) => tx.sql`
  d.tenant_id = ${tx.tenantId} and d.state <> 'deleted' and (${spaceId}::uuid is null or d.space_id = ${spaceId})
  and (${search} = '' or lower(d.name) like ${likeText(search)} or lower(d.hostname) like ${likeText(search)})`;

/** Devices that are not deleted, by name. */
export async function selectDevicePage(tx: TenantTx, query: DeviceListQuery): Promise<Device[]> {
  return tx.sql<Device[]>`
    select d.id, d.space_id as "spaceId", d.name, d.kind, d.os, d.os_version as "osVersion", d.hostname,
      d.agent_version as "agentVersion", d.state, d.enrolled_at as "enrolledAt", d.last_seen_at as "lastSeenAt",
      d.last_result as "lastResult", d.last_result_at as "lastResultAt", d.last_success_at as "lastSuccessAt",
      d.key_proved_at as "keyProvedAt"
    from devices_devices d
    where ${matching(tx, query)} and (${query.after}::uuid is null or (lower(d.name), d.id) >
      (select lower(b.name), b.id from devices_devices b where b.tenant_id = ${tx.tenantId} and b.id = ${query.after}))
    order by lower(d.name), d.id limit ${query.count}`;
}

export async function countMatchingDevices(tx: TenantTx, query: DeviceListQuery): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from devices_devices d where ${matching(tx, query)}`;
  return row?.count ?? 0;
}

/** The worst result of each UTC day since `from`, for these devices; days without a run are left out. */
export async function selectDayResults(
  tx: TenantTx,
  devices: readonly DeviceId[],
  from: Date,
): Promise<{ readonly deviceId: DeviceId; readonly day: string; readonly result: RunResult }[]> {
  return tx.sql<{ deviceId: DeviceId; day: string; result: RunResult }[]>`
    select device_id as "deviceId", to_char(received_at at time zone 'UTC', 'YYYY-MM-DD') as day,
      case max(case result when 'failed' then 2 when 'partial' then 1 else 0 end)
        when 2 then 'failed' when 1 then 'partial' else 'ok' end as result
    from devices_reports
    where tenant_id = ${tx.tenantId} and device_id = any(${devices as DeviceId[]}::uuid[]) and received_at >= ${from}
    group by 1, 2`;
}

export interface DeviceFigures {
  readonly active: number;
  readonly protected: number;
  readonly lastSuccessAt: Date | null;
  readonly troubled: number;
  /** With good backups, whose password nobody has shown to have for so long. */
  readonly unproved: number;
  /** The longest of them. */
  readonly unprovedDeviceId: DeviceId | null;
}

const troubleOf = (tx: TenantTx, before: Date) => tx.sql`
  case when last_result = 'failed' then 'failed'
    when last_success_at is null and enrolled_at < ${before} then 'never'
    when last_success_at < ${before} then 'overdue'
    when last_result = 'partial' then 'partial' end`;

const unprovedSince = (tx: TenantTx, proved: Date) => tx.sql`
  last_success_at is not null and coalesce(key_proved_at, enrolled_at) < ${proved}`;

/** Figures of active devices; `before` is two days ago, `proved` the latest day on which a password was proved too long ago. */
export async function selectDeviceFigures(tx: TenantTx, before: Date, proved: Date): Promise<DeviceFigures> {
  const [row] = await tx.sql<DeviceFigures[]>`
    select count(*)::int as active, (count(*) filter (where last_success_at >= ${before}))::int as protected,
      max(last_success_at) as "lastSuccessAt", (count(*) filter (where ${troubleOf(tx, before)} is not null))::int as troubled,
      (count(*) filter (where ${unprovedSince(tx, proved)}))::int as unproved,
      (array_agg(id order by coalesce(key_proved_at, enrolled_at), id) filter (where ${unprovedSince(tx, proved)}))[1]
        as "unprovedDeviceId"
    from devices_devices where tenant_id = ${tx.tenantId} and state = 'active'`;
  return row ?? { active: 0, protected: 0, lastSuccessAt: null, troubled: 0, unproved: 0, unprovedDeviceId: null };
}

export interface DeviceTrouble {
  readonly deviceId: DeviceId;
  readonly name: string;
  readonly trouble: "failed" | "partial" | "overdue" | "never";
  readonly since: Date;
}

/** Active devices with a trouble: failures first, then what is missing, then what is incomplete; the oldest first. */
export async function selectDeviceTroubles(tx: TenantTx, before: Date, count: number): Promise<DeviceTrouble[]> {
  return tx.sql<DeviceTrouble[]>`
    select id as "deviceId", name, trouble, since from (
      select id, name, ${troubleOf(tx, before)} as trouble,
        case when last_result = 'failed' then last_result_at
          else coalesce(last_success_at, enrolled_at) end as since
      from devices_devices where tenant_id = ${tx.tenantId} and state = 'active') found
    where trouble is not null
    order by array_position(array['failed', 'never', 'overdue', 'partial'], trouble), since, id limit ${count}`;
}
