import type { TenantTx } from "@casaforte/platform/db";

/** Measures the customer should have been told of and was not (R66). */
export async function findUntold(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select id from measures_measures where tenant_id = ${tx.tenantId} and told = 0 and not is_silent`;
  return rows.map(({ id }) => id);
}

/** Switches that no measure in force holds, and capabilities of measures in force that are on (R64). */
export async function findLooseSwitches(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ finding: string }[]>`
    select 'off without a measure: ' || s.capability as finding from measures_switches s
    where s.tenant_id = ${tx.tenantId} and not exists (select 1 from measures_measures m
      where m.tenant_id = s.tenant_id and m.state = 'in_force' and s.capability = any(m.capabilities)
        and (m.subject_id is null or s.capability = 'backup.new'))
    union all
    select 'on in spite of measure ' || m.id || ': ' || c.name from measures_measures m cross join unnest(m.capabilities) c(name)
    where m.tenant_id = ${tx.tenantId} and m.state = 'in_force' and (m.subject_id is null or c.name = 'backup.new')
      and not exists (select 1 from measures_switches s
      where s.tenant_id = m.tenant_id and s.capability = c.name)`;
  return rows.map(({ finding }) => finding);
}
