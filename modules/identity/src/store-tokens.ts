import type { PrincipalId, TenantId } from "@casaforte/kernel";
import type { LookupTx, TenantTx } from "@casaforte/platform/db";

export type TokenPurpose = "second_factor" | "invitation" | "password_reset" | "login_change" | "recovery_address";

export interface TokenRow {
  readonly id: string;
  readonly principalId: PrincipalId;
  readonly expiresAt: Date;
  readonly tries: number;
  readonly details: Readonly<Record<string, string>>;
}

export interface NewToken {
  readonly id: string;
  readonly principalId: PrincipalId;
  readonly purpose: TokenPurpose;
  readonly hash: Buffer;
  readonly at: Date;
  readonly expiresAt: Date;
  readonly details?: Readonly<Record<string, string>>;
}

export async function insertToken(tx: TenantTx, row: NewToken): Promise<void> {
  await tx.sql`insert into identity_tokens (tenant_id, id, principal_id, purpose, token_hash, created_at, expires_at, details)
    values (${tx.tenantId}, ${row.id}, ${row.principalId}, ${row.purpose}, ${row.hash}, ${row.at}, ${row.expiresAt},
      ${tx.sql.json(row.details ?? {})})`;
}

export async function findToken(
  tx: LookupTx,
  hash: Buffer,
  purpose: TokenPurpose,
): Promise<{ tenantId: TenantId; principalId: PrincipalId } | null> {
  const [row] = await tx.sql<{ tenantId: TenantId; principalId: PrincipalId }[]>`
    select tenant_id as "tenantId", principal_id as "principalId" from identity_find_token(${hash}, ${purpose})`;
  return row ?? null;
}

/** Claims a token for its only use: gone whatever follows in this transaction's commit. Null when absent or expired. */
export async function claimToken(
  tx: TenantTx,
  hash: Buffer,
  purpose: TokenPurpose,
  now: Date,
): Promise<TokenRow | null> {
  const [row] = await tx.sql<TokenRow[]>`
    delete from identity_tokens where tenant_id = ${tx.tenantId} and token_hash = ${hash} and purpose = ${purpose}
    returning id, principal_id as "principalId", expires_at as "expiresAt", tries, details`;
  return row && row.expiresAt > now ? row : null;
}

/** Counts one try against a token that allows several, and returns it while tries are left. */
export async function tryToken(
  tx: TenantTx,
  hash: Buffer,
  purpose: TokenPurpose,
  triesMax: number,
  now: Date,
): Promise<TokenRow | null> {
  const [row] = await tx.sql<TokenRow[]>`
    update identity_tokens set tries = tries + 1
    where tenant_id = ${tx.tenantId} and token_hash = ${hash} and purpose = ${purpose} and tries < ${triesMax}
      and expires_at > ${now}
    returning id, principal_id as "principalId", expires_at as "expiresAt", tries, details`;
  return row ?? null;
}

export async function newestToken(tx: TenantTx, principalId: PrincipalId, purpose: TokenPurpose): Promise<Date | null> {
  const [row] = await tx.sql<{ at: Date | null }[]>`
    select max(created_at) as at from identity_tokens
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId} and purpose = ${purpose}`;
  return row?.at ?? null;
}

export async function deleteTokens(
  tx: TenantTx,
  principalId: PrincipalId,
  purpose: TokenPurpose | null,
): Promise<void> {
  await tx.sql`delete from identity_tokens where tenant_id = ${tx.tenantId} and principal_id = ${principalId}
    and (${purpose}::text is null or purpose = ${purpose})`;
}

export async function deleteExpiredTokens(tx: TenantTx, now: Date): Promise<number> {
  const rows =
    await tx.sql`delete from identity_tokens where tenant_id = ${tx.tenantId} and expires_at < ${now} returning id`;
  return rows.length;
}
