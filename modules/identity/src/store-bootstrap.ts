import type { TenantTx } from "@casaforte/platform/db";

export async function countOperators(tx: TenantTx): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::integer as count from identity_principals where tenant_id = ${tx.tenantId} and realm = 'operator'`;
  return row?.count ?? 0;
}

export async function replaceBootstrap(tx: TenantTx, hash: Buffer, at: Date, expiresAt: Date): Promise<void> {
  await tx.sql`delete from identity_bootstrap`;
  await tx.sql`insert into identity_bootstrap (token_hash, created_at, expires_at) values (${hash}, ${at}, ${expiresAt})`;
}

export async function claimBootstrap(tx: TenantTx, hash: Buffer, now: Date): Promise<boolean> {
  const rows =
    await tx.sql`delete from identity_bootstrap where token_hash = ${hash} and expires_at > ${now} returning token_hash`;
  return rows.length === 1;
}
