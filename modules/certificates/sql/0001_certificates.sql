-- A host name that shows a certificate from an authority, or should. Without a domain it is the provider's own.
create table certificates_names (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  name text not null check (name = lower(name) and length(name) between 3 and 253),
  domain_id uuid,
  -- Nobody looks at it before.
  look_at timestamptz not null,
  tried_at timestamptz,
  -- What keeps it from a new certificate, and the authority's words.
  trouble text check (trouble in ('no_dns', 'elsewhere', 'dns_silent', 'limit', 'rate_limited', 'refused', 'away')),
  words text not null default '' check (length(words) <= 500),
  failures integer not null default 0 check (failures >= 0),
  -- The order under way. Keys: AES-256-GCM, bound to the row.
  order_url text check (length(order_url) <= 1000),
  order_key bytea,
  challenge_token text check (length(challenge_token) <= 200),
  challenge_answer text check (length(challenge_answer) <= 300),
  -- The certificate in use, with its chain.
  private_key bytea,
  chain text check (length(chain) <= 262144),
  issued_at timestamptz,
  ends_at timestamptz,
  renew_at timestamptz,
  primary key (tenant_id, name),
  foreign key (tenant_id, domain_id) references domains_domains (tenant_id, id) on delete cascade,
  check ((order_url is null) = (order_key is null)),
  check (challenge_token is null or order_url is not null),
  check ((challenge_token is null) = (challenge_answer is null)),
  check ((private_key is null) = (chain is null)),
  check ((chain is null) = (issued_at is null)),
  check ((chain is null) = (ends_at is null)),
  check ((chain is null) = (renew_at is null))
);
create index certificates_names_domain on certificates_names (tenant_id, domain_id);
create index certificates_names_challenge on certificates_names (challenge_token) where challenge_token is not null;
select cf_tenant_table('certificates_names');
select cf_definer_access('certificates_names', 'select');

-- Orders of the last week, for the limit of each customer; they outlive the name.
create table certificates_orders (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  name text not null check (length(name) <= 253),
  ordered_at timestamptz not null,
  primary key (tenant_id, id)
);
create index certificates_orders_age on certificates_orders (tenant_id, ordered_at);
select cf_tenant_table('certificates_orders');

-- The provider's accounts with authorities.
create table certificates_accounts (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  directory text not null check (length(directory) <= 1000),
  private_key bytea not null,
  url text check (length(url) <= 1000),
  primary key (tenant_id, directory)
);
select cf_tenant_table('certificates_accounts');

-- What an authority reads at a host name, whosever it is. Null: no such question is open.
create function certificates_answer(p_name text, p_token text) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select challenge_answer from certificates_names where challenge_token = p_token and name = p_name limit 1
$$;
select cf_definer_function('certificates_answer(text, text)'::regprocedure);

-- Every certificate that servers show, to see what changed; the provider's own last.
create function certificates_issued() returns table (tenant_id uuid, name text, issued_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select n.tenant_id, n.name, n.issued_at from certificates_names n where n.chain is not null
  order by n.domain_id is null, n.name
$$;
select cf_definer_function('certificates_issued()'::regprocedure);

-- What changed: at most some hundred at a time.
create function certificates_pairs(p_names text[])
returns table (tenant_id uuid, name text, issued_at timestamptz, private_key bytea, chain text)
language sql stable security definer set search_path = public, pg_temp as $$
  select n.tenant_id, n.name, n.issued_at, n.private_key, n.chain from certificates_names n
  where n.name = any(p_names) and n.chain is not null
  order by n.domain_id is null, n.name
$$;
select cf_definer_function('certificates_pairs(text[])'::regprocedure);
create index certificates_names_name on certificates_names (name);

-- For operators: certificates that end soon or failed, without keys.
create function certificates_troubled(p_ends_before timestamptz, p_failures integer)
returns table (tenant_id uuid, name text, ends_at timestamptz, trouble text, words text, failures integer)
language sql stable security definer set search_path = public, pg_temp as $$
  select n.tenant_id, n.name, n.ends_at, n.trouble, n.words, n.failures from certificates_names n
  where n.ends_at < p_ends_before
    or (n.failures >= p_failures and n.trouble in ('limit', 'rate_limited', 'refused', 'away'))
    or (n.domain_id is null and n.chain is null and n.trouble is not null)
  order by n.ends_at nulls last, n.name limit 200
$$;
select cf_definer_function('certificates_troubled(timestamptz, integer)'::regprocedure, 'cf_ops');
