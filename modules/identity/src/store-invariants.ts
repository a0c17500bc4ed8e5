import type { TenantTx } from "@casaforte/platform/db";

export async function selectAccessLeftovers(tx: TenantTx): Promise<{ id: string; what: string }[]> {
  return tx.sql<{ id: string; what: string }[]>`
    select p.id, 'a session' as what from identity_principals p
      join identity_sessions s on s.tenant_id = p.tenant_id and s.principal_id = p.id
      where p.tenant_id = ${tx.tenantId} and p.status <> 'active'
    union
    select p.id, 'an open sign-in or reset link' from identity_principals p
      join identity_tokens t on t.tenant_id = p.tenant_id and t.principal_id = p.id
      where p.tenant_id = ${tx.tenantId} and p.status = 'disabled'
    union
    select p.id, 'a token for programs' from identity_principals p
      join identity_api_tokens a on a.tenant_id = p.tenant_id and a.principal_id = p.id
      where p.tenant_id = ${tx.tenantId} and p.status <> 'active'`;
}

export async function selectRecoveryLeftovers(tx: TenantTx): Promise<{ id: string }[]> {
  return tx.sql<{ id: string }[]>`
    select distinct r.principal_id as id from identity_recovery_codes r
    where r.tenant_id = ${tx.tenantId}
      and not exists (select 1 from identity_totp o
        where o.tenant_id = r.tenant_id and o.principal_id = r.principal_id and o.confirmed_at is not null)
      and not exists (select 1 from identity_passkeys k where k.tenant_id = r.tenant_id and k.principal_id = r.principal_id)`;
}

export async function selectStrayOperators(tx: TenantTx): Promise<{ id: string }[]> {
  return tx.sql<{ id: string }[]>`
    select id from identity_principals where tenant_id = ${tx.tenantId} and realm = 'operator'`;
}
