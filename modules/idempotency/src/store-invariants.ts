import type { TenantTx } from "@casaforte/platform/db";

export async function selectOverdue(tx: TenantTx, olderMs: number): Promise<bigint> {
  const [row] = await tx.sql<{ count: bigint }[]>`
    select count(*) as count from idempotency_answers
    where tenant_id = ${tx.tenantId} and created_at < now() - ${`${olderMs} milliseconds`}::interval`;
  return row?.count ?? 0n;
}
