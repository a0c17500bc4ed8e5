-- Mail programs that a person let in without giving them a password (R53, OAuth 2). One row from the person's yes to the end:
-- at first it waits for the program to bring its code, then it has one live access token and one live refresh token. All
-- secrets have 256 random bits and are kept as HMAC-SHA-256 under a key outside the database. Programs register nowhere:
-- what one said of itself is in the client id, which the program keeps.
create table identity_programs (
  tenant_id uuid not null,
  id uuid not null,
  principal_id uuid not null,
  -- SHA-256 of the client id that the person said yes to.
  client_hash bytea not null,
  -- As the program calls itself; nobody has looked whether that is so.
  name text not null check (length(name) between 1 and 100),
  protocols text[] not null check (cardinality(protocols) > 0 and protocols <@ array['imap', 'pop3', 'smtp', 'jmap']),
  redirect_uri text not null check (length(redirect_uri) between 1 and 500),
  code_hash bytea not null,
  -- S256 of RFC 7636: base64url of a SHA-256.
  code_challenge text not null check (length(code_challenge) = 43),
  allowed_at timestamptz not null,
  -- Null: the code has not been brought.
  connected_at timestamptz,
  access_hash bytea,
  access_expires_at timestamptz,
  -- What all refresh tokens of this row have in common, and what the newest has alone: an old one is known by the first and
  -- is not the second.
  family_hash bytea,
  refresh_hash bytea,
  -- Until when the code is good, then until when the newest refresh token is.
  ends_at timestamptz not null,
  last_used_at timestamptz,
  last_used_ip text,
  last_used_protocol text,
  primary key (tenant_id, id),
  check ((connected_at is null) = (family_hash is null)),
  check ((family_hash is null) = (refresh_hash is null)),
  check ((connected_at is null) = (access_hash is null)),
  check ((access_hash is null) = (access_expires_at is null)),
  foreign key (tenant_id, principal_id) references identity_principals (tenant_id, id) on delete cascade
);
create unique index identity_programs_code on identity_programs (code_hash);
comment on index identity_programs_code is 'global: a code is presented before the tenant is known';
create unique index identity_programs_access on identity_programs (access_hash);
comment on index identity_programs_access is 'global: a token is presented before the tenant is known';
create unique index identity_programs_family on identity_programs (family_hash);
comment on index identity_programs_family is 'global: a token is presented before the tenant is known';
create index identity_programs_principal on identity_programs (tenant_id, principal_id);
create index identity_programs_end on identity_programs (tenant_id, ends_at);
select cf_tenant_table('identity_programs');
select cf_definer_access('identity_programs', 'select');

-- Which row a code, an access token or a refresh token is of, with whose it is, and how things stand there now.
create function identity_find_program(p_kind text, p_hashes bytea[]) returns table (
  tenant_id uuid, program_id uuid, principal_id uuid, login text, status text, tenant_state text)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.tenant_id, a.id, p.id, p.login, p.status, t.state
  from identity_programs a
  join identity_principals p on p.tenant_id = a.tenant_id and p.id = a.principal_id
  join tenancy_tenants t on t.tenant_id = a.tenant_id
  where p.realm = 'mail' and ((p_kind = 'code' and a.code_hash = any(p_hashes))
    or (p_kind = 'access' and a.access_hash = any(p_hashes))
    or (p_kind = 'family' and a.family_hash = any(p_hashes)))
$$;
select cf_definer_function('identity_find_program(text, bytea[])'::regprocedure);
