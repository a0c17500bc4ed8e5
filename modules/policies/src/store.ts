import { type PolicySettings, policySettingsSchema } from "@casaforte/contract/policies";
import type { DeviceId, Id } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Assignment, Policy, PolicyId, RunRequest } from "./policy.ts";

type PolicyRow = Omit<Policy, "settings"> & { readonly settings: unknown };

const toPolicy = (row: PolicyRow): Policy => ({ ...row, settings: policySettingsSchema.parse(row.settings) });

/** Policies that are not deleted, by name; one of them, or the one a device follows. */
export async function selectPolicies(
  tx: TenantTx,
  filter: { readonly id?: PolicyId; readonly deviceId?: DeviceId } = {},
): Promise<Policy[]> {
  const rows = await tx.sql<PolicyRow[]>`
    select p.id, p.name, p.version, v.settings, p.updated_at as "updatedAt"
    from policies_policies p
    join policies_versions v on v.tenant_id = p.tenant_id and v.policy_id = p.id and v.version = p.version
    where p.tenant_id = ${tx.tenantId} and p.deleted_at is null
      and (${filter.id ?? null}::uuid is null or p.id = ${filter.id ?? null})
      and (${filter.deviceId ?? null}::uuid is null or p.id = (select a.policy_id from policies_assignments a
        where a.tenant_id = p.tenant_id and a.device_id = ${filter.deviceId ?? null}))
    order by lower(p.name), p.id`;
  return rows.map(toPolicy);
}

/** The version that stands, locked against a second writer; null when there is no such policy. */
export async function lockPolicy(tx: TenantTx, id: PolicyId): Promise<{ version: number; name: string } | null> {
  const [row] = await tx.sql<{ version: number; name: string }[]>`
    select version, name from policies_policies
    where tenant_id = ${tx.tenantId} and id = ${id} and deleted_at is null for update`;
  return row ?? null;
}

export async function countPolicies(tx: TenantTx): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from policies_policies where tenant_id = ${tx.tenantId} and deleted_at is null`;
  return row?.count ?? 0;
}

export async function insertPolicy(tx: TenantTx, id: PolicyId, name: string, now: Date): Promise<void> {
  await tx.sql`
    insert into policies_policies (tenant_id, id, name, version, created_at, updated_at)
    values (${tx.tenantId}, ${id}, ${name}, 1, ${now}, ${now})`;
}

export async function updatePolicy(
  tx: TenantTx,
  id: PolicyId,
  change: { readonly name: string; readonly version: number },
  now: Date,
): Promise<void> {
  await tx.sql`
    update policies_policies set name = ${change.name}, version = ${change.version}, updated_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function endPolicy(tx: TenantTx, id: PolicyId, now: Date): Promise<void> {
  await tx.sql`
    update policies_policies set deleted_at = ${now}, updated_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function insertVersion(
  tx: TenantTx,
  row: {
    readonly policyId: PolicyId;
    readonly version: number;
    readonly settings: PolicySettings;
    readonly madeBy: string;
  },
  now: Date,
): Promise<void> {
  await tx.sql`
    insert into policies_versions (tenant_id, policy_id, version, settings, made_by, made_at)
    values (${tx.tenantId}, ${row.policyId}, ${row.version}, ${JSON.stringify(row.settings)}::text::jsonb, ${row.madeBy}, ${now})`;
}

/** Of one policy, one device, or all. */
export async function selectAssignments(
  tx: TenantTx,
  filter: { readonly policyId?: PolicyId; readonly deviceId?: DeviceId } = {},
): Promise<Assignment[]> {
  return tx.sql<Assignment[]>`
    select device_id as "deviceId", policy_id as "policyId", acknowledged_version as "acknowledgedVersion",
      acknowledged_state as "acknowledgedState", acknowledged_code as "acknowledgedCode",
      acknowledged_at as "acknowledgedAt", next_run_at as "nextRunAt", paused_until as "pausedUntil"
    from policies_assignments where tenant_id = ${tx.tenantId}
      and (${filter.policyId ?? null}::uuid is null or policy_id = ${filter.policyId ?? null})
      and (${filter.deviceId ?? null}::uuid is null or device_id = ${filter.deviceId ?? null})
    order by device_id`;
}

/** Ties a device to a policy, from whatever it followed before. */
export async function upsertAssignment(tx: TenantTx, deviceId: DeviceId, policyId: PolicyId, now: Date): Promise<void> {
  await tx.sql`
    insert into policies_assignments as a (tenant_id, device_id, policy_id, assigned_at)
    values (${tx.tenantId}, ${deviceId}, ${policyId}, ${now})
    on conflict (tenant_id, device_id) do update set policy_id = excluded.policy_id, assigned_at = excluded.assigned_at,
      acknowledged_version = null, acknowledged_state = null, acknowledged_code = null, acknowledged_at = null,
      next_run_at = null
    where a.policy_id <> excluded.policy_id`;
}

/** False when the device follows no policy. */
export async function setPause(tx: TenantTx, deviceId: DeviceId, until: Date | null): Promise<boolean> {
  const rows = await tx.sql`
    update policies_assignments set paused_until = ${until}
    where tenant_id = ${tx.tenantId} and device_id = ${deviceId} returning 1`;
  return rows.length === 1;
}

export async function deleteAssignment(tx: TenantTx, deviceId: DeviceId): Promise<void> {
  await tx.sql`delete from policies_assignments where tenant_id = ${tx.tenantId} and device_id = ${deviceId}`;
}

export interface AcknowledgementRow {
  readonly deviceId: DeviceId;
  readonly policyId: PolicyId;
  readonly version: number;
  readonly state: "following" | "refused";
  readonly code: string | null;
  readonly nextRunAt: Date | null;
}

/** False when the device does not follow that policy or there is no such version. */
export async function noteAcknowledgement(tx: TenantTx, row: AcknowledgementRow, now: Date): Promise<boolean> {
  const rows = await tx.sql`
    update policies_assignments a set acknowledged_version = ${row.version}, acknowledged_state = ${row.state},
      acknowledged_code = ${row.code}, acknowledged_at = ${now}, next_run_at = ${row.nextRunAt}
    where a.tenant_id = ${tx.tenantId} and a.device_id = ${row.deviceId} and a.policy_id = ${row.policyId}
      and exists (select 1 from policies_versions v where v.tenant_id = a.tenant_id and v.policy_id = a.policy_id
        and v.version = ${row.version})
    returning 1`;
  return rows.length === 1;
}

export async function upsertRunRequest(
  tx: TenantTx,
  row: { readonly deviceId: DeviceId; readonly id: Id<"RunRequest">; readonly requestedBy: string },
  now: Date,
): Promise<void> {
  await tx.sql`
    insert into policies_run_requests (tenant_id, device_id, id, requested_by, requested_at)
    values (${tx.tenantId}, ${row.deviceId}, ${row.id}, ${row.requestedBy}, ${now})
    on conflict (tenant_id, device_id) do update set id = excluded.id, requested_by = excluded.requested_by,
      requested_at = excluded.requested_at, taken_at = null`;
}

/** The wish that stands, made after an instant and not taken yet. */
export async function selectRunRequest(tx: TenantTx, deviceId: DeviceId, after: Date): Promise<RunRequest | null> {
  const [row] = await tx.sql<RunRequest[]>`
    select id, requested_at as "requestedAt" from policies_run_requests
    where tenant_id = ${tx.tenantId} and device_id = ${deviceId} and taken_at is null and requested_at > ${after}`;
  return row ?? null;
}

export async function takeRunRequest(tx: TenantTx, deviceId: DeviceId, id: string, now: Date): Promise<void> {
  await tx.sql`
    update policies_run_requests set taken_at = ${now}
    where tenant_id = ${tx.tenantId} and device_id = ${deviceId} and id = ${id} and taken_at is null`;
}
