import type { TenantTx } from "@casaforte/platform/db";

/** One test of a tenant after the other, until the transaction ends. */
export async function lockDeliveryTests(tx: TenantTx): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtext('mailflow.test'), hashtext(${tx.tenantId}))`;
}

/**
 * Tests of the tenant since then: those still to be composed, and those that left from `sender`, an address of the
 * service's. What comes in or is passed on under the same subject does not count.
 */
export async function countDeliveryTests(
  tx: TenantTx,
  sender: string,
  subjects: readonly string[],
  since: Date,
): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from (
      select header_message_id from mailflow_system_mail
      where tenant_id = ${tx.tenantId} and subject = any(${[...subjects]}) and created_at >= ${since}
      union
      select header_message_id from mailflow_events
      where tenant_id = ${tx.tenantId} and kind = 'queued' and sender = ${sender} and subject = any(${[...subjects]})
        and at >= ${since}) tests`;
  return row?.count ?? 0;
}
