-- The quota threshold that each account was last warned of (R95); no row is the same as 0. Apart from the account's hot row.
create table mailbox_quota_levels (
  tenant_id uuid not null,
  account_id uuid not null,
  level smallint not null check (level in (0, 80, 95, 100)),
  reached_at timestamptz not null,
  primary key (tenant_id, account_id),
  foreign key (tenant_id, account_id) references mailbox_accounts (tenant_id, id) on delete cascade
);
select cf_tenant_table('mailbox_quota_levels');
