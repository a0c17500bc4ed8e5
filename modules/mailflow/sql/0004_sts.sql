-- What other domains demand of who sends to them (MTA-STS, RFC 8461), kept as long as they say: a policy seen once protects
-- against who hides it later. Rows belong to the provider.
create table mailflow_sts_policies (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  domain text not null check (domain = lower(domain)),
  policy_id text not null,
  mode text not null check (mode in ('enforce', 'testing', 'none')),
  exchanges text[] not null,
  expires_at timestamptz not null,
  primary key (tenant_id, domain)
);
select cf_tenant_table('mailflow_sts_policies');
