-- What block lists say of the addresses that our mail leaves from. Rows belong to the provider.
create table mailflow_own_listings (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  address text not null check (octet_length(address) <= 45),
  zone text not null check (octet_length(zone) <= 200),
  asked_at timestamptz not null,
  -- The last answer that can be believed; the rest is what it said.
  answered_at timestamptz,
  listed_since timestamptz,
  words text not null default '' check (length(words) <= 500),
  primary key (tenant_id, address, zone),
  check (listed_since is null or answered_at is not null),
  check (listed_since is not null or words = '')
);
select cf_tenant_table('mailflow_own_listings');
