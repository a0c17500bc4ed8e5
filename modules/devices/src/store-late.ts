import type { TenantId } from "@casaforte/kernel";
import type { OperatorTx, Sql, TenantTx } from "@casaforte/platform/db";

/** Computers whose backups are late for one cause under one version of the agent. */
export interface LateBackups {
  /** The code of the last run where it failed; `silent`: not heard of any more; `no_run`: heard of, but none came. */
  readonly cause: string;
  readonly agentVersion: string;
  readonly devices: number;
  readonly customers: number;
}

/** Late backups of all customers by cause and version, the most first (O1). A device is late without a success since then. */
export async function selectLateBackups(tx: OperatorTx, since: Date, count: number): Promise<LateBackups[]> {
  return tx.sql<LateBackups[]>`
    select l.cause, l.agent_version as "agentVersion", count(*)::int as devices,
      count(distinct l.tenant_id)::int as customers
    from (${lateDevices(tx.sql, since)}) l
    group by 1, 2 order by 3 desc, 1, 2 limit ${count}`;
}

export interface LateCustomer {
  readonly tenantId: TenantId;
  readonly devices: readonly string[];
}

/** Whose backups are late by this cause under this version, with the names of the computers. */
export async function selectLateCustomers(
  tx: OperatorTx,
  since: Date,
  of: { readonly cause: string; readonly agentVersion: string },
): Promise<LateCustomer[]> {
  return tx.sql<LateCustomer[]>`
    select l.tenant_id as "tenantId", array_agg(l.name order by l.name) as devices
    from (${lateDevices(tx.sql, since)}) l
    where l.cause = ${of.cause} and l.agent_version = ${of.agentVersion}
    group by 1 order by 1`;
}

/** How many computers the customer has, and how many of them are late. */
export async function countLateDevices(
  tx: TenantTx,
  since: Date,
): Promise<{ readonly devices: number; readonly late: number }> {
  const [row] = await tx.sql<{ devices: number; late: number }[]>`
    select (select count(*)::int from devices_devices d where d.tenant_id = ${tx.tenantId} and d.state = 'active') as devices,
      (select count(*)::int from (${lateDevices(tx.sql, since)}) l where l.tenant_id = ${tx.tenantId}) as late`;
  return row ?? { devices: 0, late: 0 };
}

const lateDevices = (sql: Sql, since: Date) => sql`
    select d.tenant_id, d.name, d.agent_version,
      coalesce(r.code, case when d.last_seen_at >= ${since} then 'no_run' else 'silent' end) as cause
    from devices_devices d
    left join lateral (
      select l.code from devices_reports l
      where l.tenant_id = d.tenant_id and l.device_id = d.id and l.received_at >= ${since} and d.last_result = 'failed'
      order by l.received_at desc limit 1) r on true
    where d.state = 'active' and d.enrolled_at < ${since} and (d.last_success_at is null or d.last_success_at < ${since})`;
