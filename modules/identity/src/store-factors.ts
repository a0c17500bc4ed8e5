import type { PrincipalId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

export interface TotpRow {
  readonly sealedSeed: Buffer;
  readonly confirmedAt: Date | null;
}

export async function selectTotp(tx: TenantTx, principalId: PrincipalId): Promise<TotpRow | null> {
  const [row] = await tx.sql<TotpRow[]>`
    select sealed_seed as "sealedSeed", confirmed_at as "confirmedAt" from identity_totp
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId}`;
  return row ?? null;
}

/** Begins an enrolment; one that was never confirmed is replaced, a confirmed one never. */
export async function beginTotp(tx: TenantTx, principalId: PrincipalId, sealedSeed: Buffer): Promise<boolean> {
  const rows = await tx.sql`
    insert into identity_totp (tenant_id, principal_id, sealed_seed) values (${tx.tenantId}, ${principalId}, ${sealedSeed})
    on conflict (tenant_id, principal_id) do update set sealed_seed = excluded.sealed_seed, last_step = 0
      where identity_totp.confirmed_at is null returning principal_id`;
  return rows.length === 1;
}

export async function confirmTotp(tx: TenantTx, principalId: PrincipalId, at: Date): Promise<void> {
  await tx.sql`update identity_totp set confirmed_at = ${at}
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId} and confirmed_at is null`;
}

/** Claims a time step for one use; false when this step or a later one was used already (ASVS 6.5.1). */
export async function claimTotpStep(tx: TenantTx, principalId: PrincipalId, step: bigint): Promise<boolean> {
  const rows = await tx.sql`update identity_totp set last_step = ${step}
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId} and last_step < ${step} returning principal_id`;
  return rows.length === 1;
}

export async function deleteTotp(tx: TenantTx, principalId: PrincipalId): Promise<boolean> {
  const rows = await tx.sql`delete from identity_totp
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId} returning principal_id`;
  return rows.length === 1;
}

export async function replaceRecoveryCodes(
  tx: TenantTx,
  principalId: PrincipalId,
  hashes: readonly Buffer[],
): Promise<void> {
  await tx.sql`delete from identity_recovery_codes where tenant_id = ${tx.tenantId} and principal_id = ${principalId}`;
  for (const hash of hashes)
    await tx.sql`insert into identity_recovery_codes (tenant_id, principal_id, code_hash)
      values (${tx.tenantId}, ${principalId}, ${hash})`;
}

/** Claims a recovery code for its only use. `hashes` are the code under each live key. */
export async function claimRecoveryCode(
  tx: TenantTx,
  principalId: PrincipalId,
  hashes: readonly Buffer[],
  at: Date,
): Promise<boolean> {
  for (const hash of hashes) {
    const rows = await tx.sql`update identity_recovery_codes set used_at = ${at}
      where tenant_id = ${tx.tenantId} and principal_id = ${principalId} and code_hash = ${hash} and used_at is null
      returning principal_id`;
    if (rows.length === 1) return true;
  }
  return false;
}

export async function countRecoveryCodes(tx: TenantTx, principalId: PrincipalId): Promise<number> {
  const [row] = await tx.sql<{ left: number }[]>`
    select count(*)::integer as left from identity_recovery_codes
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId} and used_at is null`;
  return row?.left ?? 0;
}

export interface PasskeyRow {
  readonly id: string;
  readonly credentialId: Buffer;
  readonly publicKey: Buffer;
  readonly counter: bigint;
  readonly transports: readonly string[];
  readonly name: string;
  readonly backedUp: boolean;
  readonly userVerified: boolean;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly suspectedCloneAt: Date | null;
}

export async function selectPasskeys(tx: TenantTx, principalId: PrincipalId): Promise<PasskeyRow[]> {
  return tx.sql<PasskeyRow[]>`
    select id, credential_id as "credentialId", public_key as "publicKey", counter, transports, name,
      backed_up as "backedUp", user_verified as "userVerified", created_at as "createdAt",
      last_used_at as "lastUsedAt", suspected_clone_at as "suspectedCloneAt"
    from identity_passkeys where tenant_id = ${tx.tenantId} and principal_id = ${principalId} order by created_at, id`;
}

export type NewPasskey = Omit<PasskeyRow, "lastUsedAt" | "suspectedCloneAt"> & { readonly principalId: PrincipalId };

export async function insertPasskey(tx: TenantTx, row: NewPasskey): Promise<void> {
  await tx.sql`insert into identity_passkeys (tenant_id, id, principal_id, credential_id, public_key, counter, transports,
      name, backed_up, user_verified, created_at)
    values (${tx.tenantId}, ${row.id}, ${row.principalId}, ${row.credentialId}, ${row.publicKey}, ${row.counter},
      ${[...row.transports]}, ${row.name}, ${row.backedUp}, ${row.userVerified}, ${row.createdAt})`;
}

/**
 * Notes a use. False when the counter did not grow although the key counts: two copies of it exist. The comparison and
 * the update are one statement, so two parallel uses of one counter value cannot both pass.
 */
export async function advancePasskey(tx: TenantTx, id: string, counter: bigint, at: Date): Promise<boolean> {
  const rows = await tx.sql`update identity_passkeys set counter = ${counter}, last_used_at = ${at}
    where tenant_id = ${tx.tenantId} and id = ${id} and (counter < ${counter} or (counter = 0 and ${counter} = 0::bigint))
    returning id`;
  return rows.length === 1;
}

export async function flagPasskey(tx: TenantTx, id: string, at: Date): Promise<void> {
  await tx.sql`update identity_passkeys set suspected_clone_at = ${at} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** What proved a person beside the password and is gone. */
export interface EndedFactors {
  readonly passkeys: number;
  /** With one that was never confirmed. */
  readonly authenticators: number;
  /** Those that nobody had used. */
  readonly recoveryCodes: number;
}

/** Every factor of a person. */
export async function deleteFactors(tx: TenantTx, principalId: PrincipalId): Promise<EndedFactors> {
  const passkeys = await tx.sql`delete from identity_passkeys
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId}`;
  const authenticators = (await deleteTotp(tx, principalId)) ? 1 : 0;
  const recoveryCodes = await countRecoveryCodes(tx, principalId);
  await replaceRecoveryCodes(tx, principalId, []);
  return { passkeys: passkeys.count, authenticators, recoveryCodes };
}

export async function deletePasskey(tx: TenantTx, principalId: PrincipalId, id: string): Promise<boolean> {
  const rows = await tx.sql`delete from identity_passkeys
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId} and id = ${id} returning id`;
  return rows.length === 1;
}
