import type { OperatorRole, PrincipalId, TenantId, TenantRole } from "@casaforte/kernel";
import type { LookupTx, TenantTx } from "@casaforte/platform/db";
import type { Language, TokenRealm } from "./types.ts";

export interface FoundApiToken {
  readonly tenantId: TenantId;
  readonly tokenId: string;
  readonly principalId: PrincipalId;
  readonly login: string;
  readonly displayName: string;
  readonly language: Language;
  /** Null for an operator. */
  readonly role: TenantRole | null;
  readonly operatorRoles: readonly OperatorRole[];
  readonly requireTwoFactor: boolean;
  readonly hasTotp: boolean;
  readonly hasPasskey: boolean;
  readonly tenantName: string;
  readonly scopes: readonly string[];
  readonly spaceIds: readonly string[];
  readonly domainIds: readonly string[];
  readonly networks: readonly string[];
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly lastUsedIp: string | null;
}

export async function findApiToken(
  tx: LookupTx,
  hash: Buffer,
  realm: TokenRealm,
  now: Date,
): Promise<FoundApiToken | null> {
  const [row] = await tx.sql<FoundApiToken[]>`
    select tenant_id as "tenantId", token_id as "tokenId", principal_id as "principalId", login,
      display_name as "displayName", language, role, operator_roles as "operatorRoles", require_two_factor as "requireTwoFactor", has_totp as "hasTotp",
      has_passkey as "hasPasskey", tenant_name as "tenantName", scopes, space_ids as "spaceIds",
      domain_ids as "domainIds", networks, expires_at as "expiresAt", last_used_at as "lastUsedAt",
      last_used_ip as "lastUsedIp"
    from identity_find_api_token(${hash}, ${now}, ${realm})`;
  return row ?? null;
}

export async function noteApiTokenUse(tx: TenantTx, id: string, at: Date, ip: string): Promise<void> {
  await tx.sql`update identity_api_tokens set last_used_at = ${at}, last_used_ip = ${ip}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Counts a refusal and says how many there were in its minute, this one included. */
export async function countRefusal(tx: TenantTx, id: string, at: Date): Promise<number> {
  const [row] = await tx.sql<{ refused: number }[]>`update identity_api_tokens set
      refused = case when refused_from > ${at}::timestamptz - interval '1 minute' then refused + 1 else 1 end,
      refused_from = case when refused_from > ${at}::timestamptz - interval '1 minute' then refused_from else ${at} end
    where tenant_id = ${tx.tenantId} and id = ${id} returning refused`;
  return row?.refused ?? 0;
}

export interface ApiTokenRow {
  readonly id: string;
  readonly principalId: PrincipalId;
  readonly login: string;
  /** Null for an operator. */
  readonly role: TenantRole | null;
  readonly operatorRoles: readonly OperatorRole[];
  readonly name: string;
  readonly hint: string;
  readonly scopes: readonly string[];
  readonly spaceIds: readonly string[];
  readonly domainIds: readonly string[];
  readonly networks: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly lastUsedIp: string | null;
}

/** Newest first; of one person, or of everybody when null. */
export async function selectApiTokens(tx: TenantTx, of: PrincipalId | null): Promise<ApiTokenRow[]> {
  return tx.sql<ApiTokenRow[]>`
    select a.id, a.principal_id as "principalId", p.login, p.role, p.operator_roles as "operatorRoles", a.name, a.hint, a.scopes, a.space_ids as "spaceIds",
      a.domain_ids as "domainIds", a.networks, a.created_at as "createdAt", a.expires_at as "expiresAt",
      a.last_used_at as "lastUsedAt", a.last_used_ip as "lastUsedIp"
    from identity_api_tokens a
    join identity_principals p on p.tenant_id = a.tenant_id and p.id = a.principal_id
    where a.tenant_id = ${tx.tenantId} and (${of}::uuid is null or a.principal_id = ${of}::uuid)
    order by a.id desc`;
}

export interface NewApiToken {
  readonly id: string;
  readonly principalId: PrincipalId;
  readonly name: string;
  readonly hint: string;
  readonly hash: Buffer;
  readonly scopes: readonly string[];
  readonly spaceIds: readonly string[];
  readonly domainIds: readonly string[];
  readonly networks: readonly string[];
  readonly at: Date;
  readonly expiresAt: Date;
}

export async function insertApiToken(tx: TenantTx, row: NewApiToken): Promise<void> {
  await tx.sql`insert into identity_api_tokens (tenant_id, id, principal_id, name, hint, token_hash, scopes, space_ids,
      domain_ids, networks, created_at, expires_at)
    values (${tx.tenantId}, ${row.id}, ${row.principalId}, ${row.name}, ${row.hint}, ${row.hash}, ${[...row.scopes]},
      ${[...row.spaceIds]}, ${[...row.domainIds]}, ${[...row.networks]}, ${row.at}, ${row.expiresAt})`;
}

/** Ends a token; of one person's only, unless null. Returns its name. */
export async function deleteApiToken(tx: TenantTx, id: string, of: PrincipalId | null): Promise<string | null> {
  const [row] = await tx.sql<{ name: string }[]>`delete from identity_api_tokens
    where tenant_id = ${tx.tenantId} and id = ${id} and (${of}::uuid is null or principal_id = ${of}::uuid)
    returning name`;
  return row?.name ?? null;
}

/** Ends all tokens of a person. */
export async function deleteApiTokens(tx: TenantTx, principalId: PrincipalId): Promise<void> {
  await tx.sql`delete from identity_api_tokens where tenant_id = ${tx.tenantId} and principal_id = ${principalId}`;
}

/** Those that ended before an instant: until then their owners read in the list why a script stopped. */
export async function deleteExpiredApiTokens(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`delete from identity_api_tokens where tenant_id = ${tx.tenantId} and expires_at < ${before}`;
}
