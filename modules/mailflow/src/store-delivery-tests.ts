import type { TenantTx } from "@casaforte/platform/db";

/** Tests of the tenant since then: those still to be composed, and those on their way or there. */
export async function countDeliveryTests(tx: TenantTx, subjects: readonly string[], since: Date): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from (
      select header_message_id from mailflow_system_mail
      where tenant_id = ${tx.tenantId} and subject = any(${[...subjects]}) and created_at >= ${since}
      union
      select header_message_id from mailflow_events
      where tenant_id = ${tx.tenantId} and subject = any(${[...subjects]}) and at >= ${since}) tests`;
  return row?.count ?? 0;
}
