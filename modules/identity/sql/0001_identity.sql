-- People and mail accounts that sign in. The login is unique over the whole installation in each realm, because a
-- person types it before the tenant is known.
create table identity_principals (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  realm text not null check (realm in ('user', 'operator', 'mail')),
  login text not null check (login = lower(login) and length(login) between 3 and 320),
  display_name text not null default '',
  language text not null default 'it' check (language in ('it', 'en')),
  role text check (role in ('owner', 'admin', 'billing', 'technician', 'read_only')),
  operator_roles text[] not null default '{}',
  status text not null check (status in ('invited', 'active', 'disabled')),
  password_hash text,
  password_changed_at timestamptz,
  -- Realm mail: the protocols switched on, and whether only app passwords are let in even without a second factor.
  protocols text[] not null default '{imap,pop3,smtp}',
  app_passwords_only boolean not null default false,
  created_at timestamptz not null,
  last_sign_in_at timestamptz,
  primary key (tenant_id, id),
  check ((realm = 'user') = (role is not null)),
  check ((realm = 'operator') = (cardinality(operator_roles) > 0))
);
create unique index identity_principals_login on identity_principals (tenant_id, realm, login);
create unique index identity_principals_login_global on identity_principals (realm, login);
comment on index identity_principals_login_global is 'global: a login is typed before the tenant is known';
select cf_tenant_table('identity_principals', 'none');
-- Operators see who a tenant's people are, never a hash.
create policy operator on identity_principals for select to cf_ops using (true);
grant select (tenant_id, id, realm, login, display_name, language, role, operator_roles, status, protocols,
  app_passwords_only, created_at, last_sign_in_at) on identity_principals to cf_ops;

create table identity_totp (
  tenant_id uuid not null,
  principal_id uuid not null,
  -- AES-256-GCM, sealed by the program; the key is not in the database.
  sealed_seed bytea not null,
  confirmed_at timestamptz,
  last_step bigint not null default 0,
  primary key (tenant_id, principal_id),
  foreign key (tenant_id, principal_id) references identity_principals (tenant_id, id) on delete cascade
);
select cf_tenant_table('identity_totp');

create table identity_recovery_codes (
  tenant_id uuid not null,
  principal_id uuid not null,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (tenant_id, principal_id, code_hash),
  foreign key (tenant_id, principal_id) references identity_principals (tenant_id, id) on delete cascade
);
select cf_tenant_table('identity_recovery_codes');

create table identity_passkeys (
  tenant_id uuid not null,
  id uuid not null,
  principal_id uuid not null,
  credential_id bytea not null,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null default '{}',
  name text not null,
  backed_up boolean not null,
  user_verified boolean not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  suspected_clone_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, principal_id) references identity_principals (tenant_id, id) on delete cascade
);
create unique index identity_passkeys_credential on identity_passkeys (credential_id);
comment on index identity_passkeys_credential is 'global: a passkey names itself before the tenant is known';
create index identity_passkeys_principal on identity_passkeys (tenant_id, principal_id);
select cf_tenant_table('identity_passkeys');

create table identity_sessions (
  tenant_id uuid not null,
  id uuid not null,
  principal_id uuid not null,
  token_hash bytea not null,
  -- How the person proved who they are: password, totp, passkey, recovery_code.
  methods text[] not null,
  created_at timestamptz not null,
  authenticated_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  ip text not null,
  user_agent text not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, principal_id) references identity_principals (tenant_id, id) on delete cascade
);
create unique index identity_sessions_token on identity_sessions (token_hash);
comment on index identity_sessions_token is 'global: a token is presented before the tenant is known';
create index identity_sessions_principal on identity_sessions (tenant_id, principal_id);
create index identity_sessions_expiry on identity_sessions (tenant_id, expires_at);
select cf_tenant_table('identity_sessions');

-- Single-use secrets sent or handed out: the second step of a sign-in, invitations, resets, a changed address.
create table identity_tokens (
  tenant_id uuid not null,
  id uuid not null,
  principal_id uuid not null,
  purpose text not null check (purpose in ('second_factor', 'invitation', 'password_reset', 'login_change')),
  token_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  tries integer not null default 0,
  details jsonb not null default '{}',
  primary key (tenant_id, id),
  foreign key (tenant_id, principal_id) references identity_principals (tenant_id, id) on delete cascade
);
create unique index identity_tokens_hash on identity_tokens (token_hash);
comment on index identity_tokens_hash is 'global: a token is presented before the tenant is known';
create index identity_tokens_principal on identity_tokens (tenant_id, principal_id, purpose);
select cf_tenant_table('identity_tokens');

create table identity_app_passwords (
  tenant_id uuid not null,
  id uuid not null,
  principal_id uuid not null,
  name text not null,
  -- HMAC-SHA-256 under a key outside the database: the secret has 128 random bits, so a slow hash would add nothing.
  secret_hash bytea not null,
  protocols text[] not null check (cardinality(protocols) > 0 and protocols <@ array['imap', 'pop3', 'smtp']),
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  last_used_ip text,
  last_used_protocol text,
  primary key (tenant_id, id),
  unique (tenant_id, principal_id, secret_hash),
  foreign key (tenant_id, principal_id) references identity_principals (tenant_id, id) on delete cascade
);
select cf_tenant_table('identity_app_passwords');

select cf_definer_access('identity_principals', 'select');
select cf_definer_access('identity_totp', 'select');
select cf_definer_access('identity_passkeys', 'select');
select cf_definer_access('identity_sessions', 'select, update');
select cf_definer_access('identity_tokens', 'select');
select cf_definer_access('identity_app_passwords', 'select');

-- WebAuthn challenges, single use, bound to what asked for them (a session, a pending sign-in, a visitor's cookie).
-- They belong to no tenant: a visitor who signs in with a passkey has none yet.
create table identity_challenges (
  binding_hash bytea primary key,
  challenge text not null,
  purpose text not null check (purpose in ('register', 'sign_in', 'second_factor')),
  expires_at timestamptz not null
);
grant select, insert, update, delete on identity_challenges to cf_app;
create index identity_challenges_expiry on identity_challenges (expires_at);

-- Single-use proof of installation: whoever holds it makes the first operator.
create table identity_bootstrap (
  token_hash bytea primary key,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
grant select, insert, delete on identity_bootstrap to cf_app;

-- A sign-in by login: everything the first step needs, in one round trip.
create function identity_find_login(p_realm text, p_login text) returns table (
  tenant_id uuid, principal_id uuid, status text, password_hash text, tenant_state text)
language sql stable security definer set search_path = public, pg_temp as $$
  select p.tenant_id, p.id, p.status, p.password_hash, t.state
  from identity_principals p join tenancy_tenants t on t.tenant_id = p.tenant_id
  where p.realm = p_realm and p.login = p_login
$$;
select cf_definer_function('identity_find_login(text, text)'::regprocedure);

-- A mail protocol's login: the account, whether it has a second factor, and the app password that matches, if any.
create function identity_find_mail_login(p_login text) returns table (
  tenant_id uuid, principal_id uuid, status text, password_hash text, tenant_state text, protocols text[],
  app_passwords_only boolean, has_second_factor boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select p.tenant_id, p.id, p.status, p.password_hash, t.state, p.protocols, p.app_passwords_only,
    exists (select 1 from identity_totp o where o.tenant_id = p.tenant_id and o.principal_id = p.id and o.confirmed_at is not null)
      or exists (select 1 from identity_passkeys k where k.tenant_id = p.tenant_id and k.principal_id = p.id)
      or t.require_two_factor
  from identity_principals p join tenancy_tenants t on t.tenant_id = p.tenant_id
  where p.realm = 'mail' and p.login = p_login
$$;
select cf_definer_function('identity_find_mail_login(text)'::regprocedure);

create function identity_find_app_password(p_tenant uuid, p_principal uuid, p_hashes bytea[]) returns table (
  id uuid, protocols text[], expires_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.id, a.protocols, a.expires_at from identity_app_passwords a
  where a.tenant_id = p_tenant and a.principal_id = p_principal and a.secret_hash = any(p_hashes)
$$;
select cf_definer_function('identity_find_app_password(uuid, uuid, bytea[])'::regprocedure);

create function identity_find_token(p_hash bytea, p_purpose text) returns table (tenant_id uuid, principal_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select t.tenant_id, t.principal_id from identity_tokens t where t.token_hash = p_hash and t.purpose = p_purpose
$$;
select cf_definer_function('identity_find_token(bytea, text)'::regprocedure);

create function identity_find_passkey(p_credential bytea, p_realm text) returns table (tenant_id uuid, principal_id uuid, tenant_state text)
language sql stable security definer set search_path = public, pg_temp as $$
  select k.tenant_id, k.principal_id, t.state from identity_passkeys k
  join identity_principals p on p.tenant_id = k.tenant_id and p.id = k.principal_id
  join tenancy_tenants t on t.tenant_id = k.tenant_id
  where k.credential_id = p_credential and p.realm = p_realm
$$;
select cf_definer_function('identity_find_passkey(bytea, text)'::regprocedure);

-- Resolves a session token and, at most once a minute, notes that it was seen: the idle timeout counts from there.
create function identity_resolve_session(p_hash bytea, p_realm text, p_now timestamptz, p_idle interval) returns table (
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
      and s.expires_at > p_now and s.last_seen_at + p_idle > p_now;
end $$;
select cf_definer_function('identity_resolve_session(bytea, text, timestamptz, interval)'::regprocedure);
