import type { TenantTx } from "@casaforte/platform/db";

export async function selectPoliciesWithoutVersion(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select p.id from policies_policies p where p.tenant_id = ${tx.tenantId} and not exists (
      select 1 from policies_versions v where v.tenant_id = p.tenant_id and v.policy_id = p.id and v.version = p.version)`;
  return rows.map((row) => row.id);
}

export async function selectAssignmentsOfEnded(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select a.device_id as id from policies_assignments a
    join policies_policies p on p.tenant_id = a.tenant_id and p.id = a.policy_id
    where a.tenant_id = ${tx.tenantId} and p.deleted_at is not null`;
  return rows.map((row) => row.id);
}
