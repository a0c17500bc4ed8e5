-- Tokens for programs (R78). The secret has 256 random bits, so its SHA-256 is enough. A token belongs to the person who
-- made it and ends with them.
create table identity_api_tokens (
  tenant_id uuid not null,
  id uuid not null,
  principal_id uuid not null,
  name text not null check (length(name) between 1 and 100),
  -- How the secret begins, for those who look for it in a script.
  hint text not null,
  token_hash bytea not null,
  scopes text[] not null check (cardinality(scopes) > 0),
  space_ids uuid[] not null default '{}',
  domain_ids uuid[] not null default '{}',
  networks text[] not null default '{}',
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  last_used_ip text,
  -- Refusals of the current minute: only the first few of them are written to the log.
  refused_from timestamptz,
  refused integer not null default 0,
  primary key (tenant_id, id),
  check (expires_at > created_at and expires_at <= created_at + interval '366 days'),
  foreign key (tenant_id, principal_id) references identity_principals (tenant_id, id) on delete cascade
);
create unique index identity_api_tokens_hash on identity_api_tokens (token_hash);
comment on index identity_api_tokens_hash is 'global: a token is presented before the tenant is known';
create index identity_api_tokens_principal on identity_api_tokens (tenant_id, principal_id);
create index identity_api_tokens_expiry on identity_api_tokens (tenant_id, expires_at);
select cf_tenant_table('identity_api_tokens');
select cf_definer_access('identity_api_tokens', 'select');

-- The live token behind a hash with the person whose rights it has: as they are now, not as they were.
create function identity_find_api_token(p_hash bytea, p_now timestamptz) returns table (
  tenant_id uuid, token_id uuid, principal_id uuid, login text, display_name text, language text, role text,
  require_two_factor boolean, has_totp boolean, has_passkey boolean, tenant_name text, scopes text[], space_ids uuid[],
  domain_ids uuid[], networks text[], expires_at timestamptz, last_used_at timestamptz, last_used_ip text)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.tenant_id, a.id, p.id, p.login, p.display_name, p.language, p.role, t.require_two_factor,
    exists (select 1 from identity_totp o where o.tenant_id = p.tenant_id and o.principal_id = p.id and o.confirmed_at is not null),
    exists (select 1 from identity_passkeys k where k.tenant_id = p.tenant_id and k.principal_id = p.id),
    t.name, a.scopes, a.space_ids, a.domain_ids, a.networks, a.expires_at, a.last_used_at, a.last_used_ip
  from identity_api_tokens a
  join identity_principals p on p.tenant_id = a.tenant_id and p.id = a.principal_id
  join tenancy_tenants t on t.tenant_id = a.tenant_id
  where a.token_hash = p_hash and a.expires_at > p_now and p.realm = 'user' and p.status = 'active'
    and t.state <> 'departed' and (p.ends_at is null or p.ends_at > p_now)
$$;
select cf_definer_function('identity_find_api_token(bytea, timestamptz)'::regprocedure);
