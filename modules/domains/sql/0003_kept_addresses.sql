-- Aliases of a mail account that was deleted, for as long as it can be called back. They lead nowhere meanwhile: whoever
-- takes one keeps it.
create table domains_kept_addresses (
  tenant_id uuid not null,
  mail_account_id uuid not null,
  domain_id uuid not null,
  local_part text not null,
  kind text not null check (kind in ('alias', 'catch_all')),
  kept_at timestamptz not null,
  primary key (tenant_id, mail_account_id, domain_id, local_part),
  foreign key (tenant_id, domain_id) references domains_domains (tenant_id, id) on delete cascade
);
select cf_tenant_table('domains_kept_addresses');
