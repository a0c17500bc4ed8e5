import { providerTenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

export async function findSilentTickets(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select t.id from tickets_tickets t where t.tenant_id = ${tx.tenantId}
      and not exists (select 1 from tickets_entries e where e.tenant_id = t.tenant_id and e.ticket_id = t.id)`;
  return rows.map(({ id }) => id);
}

export async function findUnconfirmedMisuse(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select t.id from tickets_tickets t where t.tenant_id = ${tx.tenantId} and t.cause_confirmed_by is not null
      and (t.cause_by is null or t.cause_by = t.cause_confirmed_by)`;
  return rows.map(({ id }) => id);
}

export async function findMergedStrangers(tx: TenantTx): Promise<string[]> {
  if (tx.tenantId !== providerTenantId) return [];
  const rows = await tx.sql<{ id: string }[]>`
    select t.id from tickets_tickets t join tickets_tickets s on s.tenant_id = t.tenant_id and s.id = t.merged_into
    where t.tenant_id = ${tx.tenantId} and t.requester_id is null
      and lower(t.requester_address) <> lower(s.requester_address)`;
  return rows.map(({ id }) => id);
}
