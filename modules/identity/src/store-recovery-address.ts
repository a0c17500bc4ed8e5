import type { PrincipalId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

export async function selectRecoveryAddress(
  tx: TenantTx,
  principalId: PrincipalId,
): Promise<{ readonly address: string; readonly confirmedAt: Date } | null> {
  const [row] = await tx.sql<{ address: string; confirmedAt: Date }[]>`
    select address, confirmed_at as "confirmedAt" from identity_recovery_addresses
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId}`;
  return row ?? null;
}

export async function upsertRecoveryAddress(
  tx: TenantTx,
  principalId: PrincipalId,
  address: string,
  at: Date,
): Promise<void> {
  await tx.sql`insert into identity_recovery_addresses (tenant_id, principal_id, address, confirmed_at)
    values (${tx.tenantId}, ${principalId}, ${address}, ${at})
    on conflict (tenant_id, principal_id) do update set address = excluded.address, confirmed_at = excluded.confirmed_at`;
}

/** Returns the address that went; null when there was none. */
export async function deleteRecoveryAddress(tx: TenantTx, principalId: PrincipalId): Promise<string | null> {
  const [row] = await tx.sql<{ address: string }[]>`
    delete from identity_recovery_addresses where tenant_id = ${tx.tenantId} and principal_id = ${principalId}
    returning address`;
  return row?.address ?? null;
}
