-- Operators have tokens for programs, too (R78), in the same table: each is the provider's own row, of an operator. A token
-- is looked for by the face that it was presented at, so that a customer's opens nothing of the operators' and the reverse.
-- The earlier form stays for an earlier version that still runs.
create function identity_find_api_token(p_hash bytea, p_now timestamptz, p_realm text) returns table (
  tenant_id uuid, token_id uuid, principal_id uuid, login text, display_name text, language text, role text,
  operator_roles text[], require_two_factor boolean, has_totp boolean, has_passkey boolean, tenant_name text, scopes text[],
  space_ids uuid[], domain_ids uuid[], networks text[], expires_at timestamptz, last_used_at timestamptz, last_used_ip text)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.tenant_id, a.id, p.id, p.login, p.display_name, p.language, p.role, p.operator_roles, t.require_two_factor,
    exists (select 1 from identity_totp o where o.tenant_id = p.tenant_id and o.principal_id = p.id and o.confirmed_at is not null),
    exists (select 1 from identity_passkeys k where k.tenant_id = p.tenant_id and k.principal_id = p.id),
    t.name, a.scopes, a.space_ids, a.domain_ids, a.networks, a.expires_at, a.last_used_at, a.last_used_ip
  from identity_api_tokens a
  join identity_principals p on p.tenant_id = a.tenant_id and p.id = a.principal_id
  join tenancy_tenants t on t.tenant_id = a.tenant_id
  where a.token_hash = p_hash and a.expires_at > p_now and p.realm = p_realm and p_realm in ('user', 'operator')
    and p.status = 'active' and t.state <> 'departed' and (p.ends_at is null or p.ends_at > p_now)
$$;
select cf_definer_function('identity_find_api_token(bytea, timestamptz, text)'::regprocedure);
