import type { TenantTx } from "@casaforte/platform/db";

export async function findBrokenTargets(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select id from domains_addresses where tenant_id = ${tx.tenantId} and mail_account_id is null and cardinality(forward_to) = 0`;
  return rows.map((row) => row.id);
}

export async function findUnsealedKeys(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ id: string }[]>`
    select id from domains_dkim_keys where tenant_id = ${tx.tenantId}
      and position('PRIVATE KEY' in encode(coalesce(private_key, ''), 'escape')) > 0`;
  return rows.map((row) => row.id);
}
