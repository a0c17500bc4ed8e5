-- Auditors from outside (R67): people of a customer whose access ends by itself at an instant that nothing moves.
alter table identity_principals add column ends_at timestamptz;
alter table identity_principals drop constraint identity_principals_role_check;
alter table identity_principals add constraint identity_principals_role_check
  check (role in ('owner', 'admin', 'billing', 'technician', 'read_only', 'auditor'));
alter table identity_principals add constraint identity_principals_auditors_end
  check ((role is not distinct from 'auditor') = (ends_at is not null));
grant select (ends_at) on identity_principals to cf_ops;

-- As before, and an access that has ended opens nothing.
create or replace function identity_resolve_session(p_hash bytea, p_realm text, p_now timestamptz, p_idle interval) returns table (
  tenant_id uuid, session_id uuid, principal_id uuid, login text, display_name text, language text, role text,
  operator_roles text[], methods text[], authenticated_at timestamptz, expires_at timestamptz,
  require_two_factor boolean, has_totp boolean, has_passkey boolean, tenant_name text)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update identity_sessions s set last_seen_at = p_now
    where s.token_hash = p_hash and s.last_seen_at < p_now - interval '1 minute'
      and s.last_seen_at + p_idle > p_now and s.expires_at > p_now;
  return query
    select s.tenant_id, s.id, p.id, p.login, p.display_name, p.language, p.role, p.operator_roles, s.methods,
      s.authenticated_at, s.expires_at, t.require_two_factor,
      exists (select 1 from identity_totp o where o.tenant_id = p.tenant_id and o.principal_id = p.id and o.confirmed_at is not null),
      exists (select 1 from identity_passkeys k where k.tenant_id = p.tenant_id and k.principal_id = p.id),
      t.name
    from identity_sessions s
    join identity_principals p on p.tenant_id = s.tenant_id and p.id = s.principal_id
    join tenancy_tenants t on t.tenant_id = s.tenant_id
    where s.token_hash = p_hash and p.realm = p_realm and p.status = 'active' and t.state <> 'departed'
      and s.expires_at > p_now and s.last_seen_at + p_idle > p_now and (p.ends_at is null or p.ends_at > p_now);
end $$;
select cf_definer_function('identity_resolve_session(bytea, text, timestamptz, interval)'::regprocedure);
