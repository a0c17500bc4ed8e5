import type { DeviceId, SpaceId, TenantId } from "@casaforte/kernel";
import type { LookupTx, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Device, DeviceIdentity, DeviceKind, DeviceRun } from "./device.ts";
import { devicesLimits } from "./limits.ts";

export async function selectIdentity(tx: LookupTx, hash: Buffer, now: Date): Promise<DeviceIdentity | null> {
  const [row] = await tx.sql<
    { tenantId: TenantId; deviceId: DeviceId; spaceId: SpaceId; access: "device" | "restore"; expiresAt: Date | null }[]
  >`
    select tenant_id as "tenantId", device_id as "deviceId", space_id as "spaceId", access, expires_at as "expiresAt"
    from devices_of_token(${hash}, ${now})`;
  if (!row) return null;
  const { expiresAt, ...identity } = row;
  return { ...identity, expiresAtMs: expiresAt?.getTime() ?? null };
}

export async function selectTenantOfEnrolment(tx: LookupTx, hash: Buffer): Promise<TenantId | null> {
  const [row] = await tx.sql<{ tenantId: TenantId | null }[]>`
    select devices_tenant_of_enrolment(${hash}) as "tenantId"`;
  return row?.tenantId ?? null;
}

/** A device of this tenant, whatever its state. */
export async function selectDevice(tx: TenantTx, id: DeviceId, lock = false): Promise<Device | null> {
  const [row] = await tx.sql<Device[]>`
    select id, space_id as "spaceId", name, kind, os, os_version as "osVersion", hostname,
      agent_version as "agentVersion", state, enrolled_at as "enrolledAt", last_seen_at as "lastSeenAt",
      last_result as "lastResult", last_result_at as "lastResultAt", last_success_at as "lastSuccessAt",
      key_proved_at as "keyProvedAt"
    from devices_devices where tenant_id = ${tx.tenantId} and id = ${id} ${lock ? tx.sql`for update` : tx.sql``}`;
  return row ?? null;
}

/** Devices that are not deleted, oldest first. */
export async function selectDevices(tx: TenantTx, spaceId: SpaceId | null): Promise<Device[]> {
  return tx.sql<Device[]>`
    select id, space_id as "spaceId", name, kind, os, os_version as "osVersion", hostname,
      agent_version as "agentVersion", state, enrolled_at as "enrolledAt", last_seen_at as "lastSeenAt",
      last_result as "lastResult", last_result_at as "lastResultAt", last_success_at as "lastSuccessAt",
      key_proved_at as "keyProvedAt"
    from devices_devices
    where tenant_id = ${tx.tenantId} and state <> 'deleted' and (${spaceId}::uuid is null or space_id = ${spaceId})
    order by enrolled_at, id`;
}

/** Those of some devices that are revoked or deleted: none of them ever writes again. */
export async function selectEndedDevices(tx: TenantTx, ids: readonly DeviceId[]): Promise<DeviceId[]> {
  const rows = await tx.sql<{ id: DeviceId }[]>`
    select id from devices_devices
    where tenant_id = ${tx.tenantId} and id = any(${[...ids]}::uuid[]) and state <> 'active'`;
  return rows.map(({ id }) => id);
}

export async function countDevices(tx: TenantTx): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from devices_devices where tenant_id = ${tx.tenantId} and state <> 'deleted'`;
  return row?.count ?? 0;
}

export async function insertDevice(
  tx: TenantTx,
  device: Pick<Device, "id" | "spaceId" | "name" | "kind" | "os" | "osVersion" | "hostname" | "agentVersion">,
  tokenHash: Buffer,
  now: Date,
): Promise<void> {
  await tx.sql`
    insert into devices_devices (tenant_id, id, space_id, name, kind, os, os_version, hostname, agent_version, token_hash,
      enrolled_at, last_seen_at)
    values (${tx.tenantId}, ${device.id}, ${device.spaceId}, ${device.name}, ${device.kind}, ${device.os},
      ${device.osVersion}, ${device.hostname}, ${device.agentVersion}, ${tokenHash}, ${now}, ${now})`;
}

export async function renameDevice(tx: TenantTx, id: DeviceId, name: string): Promise<void> {
  await tx.sql`update devices_devices set name = ${name} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function noteKeyProved(tx: TenantTx, id: DeviceId, now: Date): Promise<void> {
  await tx.sql`update devices_devices set key_proved_at = ${now} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function endDevice(tx: TenantTx, id: DeviceId, state: "revoked" | "deleted", now: Date): Promise<void> {
  await tx.sql`
    update devices_devices set state = ${state}, token_hash = null, revoked_at = coalesce(revoked_at, ${now})
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/**
 * True while the device may write. The key-share lock makes a revocation, which changes the row's unique token hash, wait
 * for this transaction, while notes of when the device was seen pass freely; a plain share lock would let two reports
 * deadlock.
 */
export async function lockActiveDevice(tx: TenantTx, id: DeviceId): Promise<boolean> {
  const rows = await tx.sql`
    select 1 from devices_devices where tenant_id = ${tx.tenantId} and id = ${id} and state = 'active' for key share`;
  return rows.length === 1;
}

export async function touchDevice(tx: TenantTx, id: DeviceId, now: Date): Promise<void> {
  await tx.sql`
    update devices_devices set last_seen_at = greatest(last_seen_at, ${now}::timestamptz)
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'active'`;
}

export interface EnrolmentRow {
  readonly id: string;
  readonly spaceId: SpaceId;
  readonly kind: DeviceKind;
  readonly name: string | null;
  readonly createdBy: string;
  readonly expiresAt: Date;
}

export async function insertEnrolment(tx: TenantTx, row: EnrolmentRow, tokenHash: Buffer, now: Date): Promise<void> {
  await tx.sql`
    insert into devices_enrolments (tenant_id, id, space_id, kind, name, token_hash, created_by, created_at, expires_at)
    values (${tx.tenantId}, ${row.id}, ${row.spaceId}, ${row.kind}, ${row.name}, ${tokenHash}, ${row.createdBy},
      ${now}, ${row.expiresAt})`;
}

export async function countOpenEnrolments(tx: TenantTx, now: Date): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from devices_enrolments
    where tenant_id = ${tx.tenantId} and used_at is null and expires_at > ${now}`;
  return row?.count ?? 0;
}

/** Locks an enrolment that can still be used. */
export async function lockEnrolment(tx: TenantTx, hash: Buffer, now: Date): Promise<EnrolmentRow | null> {
  const [row] = await tx.sql<EnrolmentRow[]>`
    select id, space_id as "spaceId", kind, name, created_by as "createdBy", expires_at as "expiresAt"
    from devices_enrolments
    where tenant_id = ${tx.tenantId} and token_hash = ${hash} and used_at is null and expires_at > ${now} for update`;
  return row ?? null;
}

export async function useEnrolment(tx: TenantTx, id: string, deviceId: DeviceId, now: Date): Promise<void> {
  await tx.sql`
    update devices_enrolments set used_at = ${now}, device_id = ${deviceId}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function selectEnrolment(
  tx: TenantTx,
  id: string,
): Promise<{ expiresAt: Date; deviceId: DeviceId | null } | null> {
  const [row] = await tx.sql<{ expiresAt: Date; deviceId: DeviceId | null }[]>`
    select expires_at as "expiresAt", device_id as "deviceId" from devices_enrolments
    where tenant_id = ${tx.tenantId} and id = ${id}`;
  return row ?? null;
}

export async function deleteOldTokens(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`
    delete from devices_enrolments where tenant_id = ${tx.tenantId} and used_at is null and expires_at < ${before}`;
  await tx.sql`delete from devices_restore_tokens where tenant_id = ${tx.tenantId} and expires_at < ${before}`;
}

/** Reports of runs; what they left stays where it is. */
export async function deleteOldReports(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`delete from devices_reports where tenant_id = ${tx.tenantId} and received_at < ${before}`;
}

export async function insertRestoreToken(
  tx: TenantTx,
  row: { readonly id: string; readonly deviceId: DeviceId; readonly createdBy: string; readonly expiresAt: Date },
  tokenHash: Buffer,
  now: Date,
): Promise<void> {
  await tx.sql`
    insert into devices_restore_tokens (tenant_id, id, device_id, token_hash, created_by, created_at, expires_at)
    values (${tx.tenantId}, ${row.id}, ${row.deviceId}, ${tokenHash}, ${row.createdBy}, ${now}, ${row.expiresAt})`;
}

export async function countOpenRestoreTokens(tx: TenantTx, deviceId: DeviceId, now: Date): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from devices_restore_tokens
    where tenant_id = ${tx.tenantId} and device_id = ${deviceId} and revoked_at is null and expires_at > ${now}`;
  return row?.count ?? 0;
}

export async function endRestoreTokens(tx: TenantTx, deviceId: DeviceId, now: Date): Promise<void> {
  await tx.sql`
    update devices_restore_tokens set revoked_at = ${now}
    where tenant_id = ${tx.tenantId} and device_id = ${deviceId} and revoked_at is null`;
}

export async function insertRun(
  tx: TenantTx,
  deviceId: DeviceId,
  run: DeviceRun,
  agentVersion: string,
  now: Date,
): Promise<boolean> {
  const rows = await tx.sql`
    insert into devices_reports (tenant_id, device_id, run_id, kind, result, started_at, finished_at, received_at, point_id,
      files_total, files_unreadable, bytes_read, bytes_sent, code, message, notes, agent_version)
    values (${tx.tenantId}, ${deviceId}, ${run.runId}, ${run.kind}, ${run.result}, ${run.startedAt}, ${run.finishedAt}, ${now},
      ${run.pointId}, ${run.filesTotal}, ${run.filesUnreadable}, ${run.bytesRead}, ${run.bytesSent}, ${run.code},
      ${run.message}, ${JSON.stringify(run.notes)}::text::jsonb, ${agentVersion})
    on conflict (tenant_id, device_id, run_id) do nothing returning 1`;
  return rows.length === 1;
}

export async function noteRun(
  tx: TenantTx,
  deviceId: DeviceId,
  run: Pick<DeviceRun, "kind" | "result"> & { readonly agentVersion: string; readonly osVersion: string | null },
  now: Date,
): Promise<void> {
  await tx.sql`
    update devices_devices set last_seen_at = ${now},
      last_result = case when ${run.kind === "verify" && run.result === "ok"} then last_result else ${run.result} end,
      last_result_at = case when ${run.kind === "verify" && run.result === "ok"} then last_result_at else ${now}::timestamptz end,
      agent_version = ${run.agentVersion}, os_version = coalesce(${run.osVersion}, os_version),
      last_success_at = case when ${run.kind === "verify" || run.result === "failed"} then last_success_at else ${now}::timestamptz end
    where tenant_id = ${tx.tenantId} and id = ${deviceId}`;
}

export async function selectRuns(tx: TenantTx, deviceId: DeviceId, count: number): Promise<DeviceRun[]> {
  return tx.sql<DeviceRun[]>`
    select run_id as "runId", kind, result, started_at as "startedAt", finished_at as "finishedAt", point_id as "pointId",
      files_total as "filesTotal", files_unreadable as "filesUnreadable", bytes_read as "bytesRead",
      bytes_sent as "bytesSent", code, message, notes
    from devices_reports where tenant_id = ${tx.tenantId} and device_id = ${deviceId}
    order by received_at desc, run_id desc limit ${count}`;
}

/** How many devices run which version of the agent, all customers together; the most used first. */
export async function countAgentVersions(
  tx: OperatorTx,
): Promise<{ readonly version: string; readonly devices: number }[]> {
  return tx.sql<{ version: string; devices: number }[]>`
    select agent_version as version, count(*)::int as devices from devices_devices where state = 'active'
    group by agent_version order by devices desc, agent_version
    limit ${devicesLimits.versionsListedMax}`;
}
