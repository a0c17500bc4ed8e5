import type { SpaceId, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Capability } from "./capabilities.ts";

export async function selectSwitch(tx: TenantTx, capability: Capability): Promise<boolean> {
  const rows = await tx.sql`
    select 1 from measures_switches where tenant_id = ${tx.tenantId} and capability = ${capability}`;
  return rows.length > 0;
}

export async function selectSwitches(tx: TenantTx | OperatorTx, tenantId: TenantId): Promise<Capability[]> {
  const rows = await tx.sql<{ capability: Capability }[]>`
    select capability from measures_switches where tenant_id = ${tenantId} order by capability`;
  return rows.map(({ capability }) => capability);
}

/**
 * Makes the tenant's switches follow its measures in force. One about a single space switches off nothing of the others but
 * new ones (R48). Returns what is off now, the single spaces that take nothing new, and whether the switches changed.
 */
export async function settle(
  tx: OperatorTx,
  tenantId: TenantId,
  now: Date,
): Promise<{ readonly off: Capability[]; readonly spaces: SpaceId[]; readonly changed: boolean }> {
  // Two operators at once: the second sees what the first did.
  await tx.sql`select pg_advisory_xact_lock(hashtextextended(${`measures:${tenantId}`}, 0))`;
  const gone = await tx.sql`
    delete from measures_switches s where s.tenant_id = ${tenantId} and not exists (
      select 1 from measures_measures m where m.tenant_id = ${tenantId} and m.state = 'in_force'
        and s.capability = any(m.capabilities)
        and (m.subject_id is null or s.capability = 'backup.new'))`;
  const come = await tx.sql`
    insert into measures_switches (tenant_id, capability, since)
    select distinct ${tenantId}::uuid, c.name, ${now}::timestamptz from measures_measures m cross join unnest(m.capabilities) c(name)
    where m.tenant_id = ${tenantId} and m.state = 'in_force' and (m.subject_id is null or c.name = 'backup.new')
    on conflict do nothing`;
  const single = await tx.sql<{ id: SpaceId }[]>`
    select distinct m.subject_id as id from measures_measures m
    where m.tenant_id = ${tenantId} and m.state = 'in_force' and m.subject_id is not null
      and 'backup.upload' = any(m.capabilities) order by 1`;
  return {
    off: await selectSwitches(tx, tenantId),
    spaces: single.map(({ id }) => id),
    changed: gone.count + come.count > 0,
  };
}
