-- A mail domain of a customer. `name` is the lower-case A-label form. Pending: nobody gets mail by it.
create table domains_domains (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  name text not null check (name = lower(name) and length(name) between 3 and 253),
  state text not null check (state in ('pending', 'active')),
  verification_token text not null,
  dkim_selector text not null,
  dkim_public_key text not null,
  dkim_private_key bytea not null,
  created_at timestamptz not null,
  verified_at timestamptz,
  checked_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, name),
  check ((state = 'active') = (verified_at is not null))
);
select cf_tenant_table('domains_domains', 'read');
select cf_definer_access('domains_domains', 'select');

create unique index domains_active_name on domains_domains (name) where state = 'active';
comment on index domains_active_name is 'global: a domain that proved its owner belongs to one tenant only (R93)';

-- An address in a domain. The catch-all has the empty local part, which no address can have.
create table domains_addresses (
  tenant_id uuid not null,
  id uuid not null,
  domain_id uuid not null,
  local_part text not null check (local_part = lower(local_part) and octet_length(local_part) <= 64),
  kind text not null check (kind in ('mailbox', 'alias', 'forward', 'catch_all')),
  mail_account_id uuid,
  forward_to text[] not null default '{}',
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, domain_id, local_part),
  foreign key (tenant_id, domain_id) references domains_domains (tenant_id, id),
  check ((kind = 'catch_all') = (local_part = '')),
  check (mail_account_id is not null or cardinality(forward_to) > 0),
  check (kind not in ('mailbox', 'alias') or mail_account_id is not null),
  check (kind <> 'mailbox' or cardinality(forward_to) = 0)
);
create index domains_addresses_account on domains_addresses (tenant_id, mail_account_id);
select cf_tenant_table('domains_addresses', 'read');
select cf_definer_access('domains_addresses', 'select');

-- Where an address leads, in one round trip and across tenants. No row: the domain is not hosted here. A row whose kind
-- is null: hosted, but nobody has that address. Exact beats the part before the first plus, which beats the catch-all.
create function domains_resolve(p_local text, p_domain text)
returns table (tenant_id uuid, domain_id uuid, kind text, mail_account_id uuid, forward_to text[], local_part text)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.tenant_id, d.id, a.kind, a.mail_account_id, a.forward_to, a.local_part
  from domains_domains d
  left join lateral (
    select x.kind, x.mail_account_id, x.forward_to, x.local_part
    from domains_addresses x
    where x.tenant_id = d.tenant_id and x.domain_id = d.id
      and x.local_part in (p_local, split_part(p_local, '+', 1), '')
    order by (x.local_part = p_local) desc, (x.local_part <> '') desc
    limit 1) a on true
  where d.name = p_domain and d.state = 'active'
$$;
select cf_definer_function('domains_resolve(text, text)'::regprocedure);

create function domains_is_hosted(p_domain text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from domains_domains where name = p_domain and state = 'active')
$$;
select cf_definer_function('domains_is_hosted(text)'::regprocedure);
