import type { TenantTx } from "@casaforte/platform/db";

export async function selectBrokenEnrolments(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select e.id from devices_enrolments e join devices_devices d on d.tenant_id = e.tenant_id and d.id = e.device_id
    where e.tenant_id = ${tx.tenantId} and d.space_id <> e.space_id`;
  return rows.map((row) => row.id);
}
