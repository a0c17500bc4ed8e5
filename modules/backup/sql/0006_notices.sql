-- What the customer's administrators were written of, once for each key.
create table backup_notices (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  kind text not null check (kind in ('run_failed', 'no_success', 'quota', 'alarm')),
  subject_id uuid not null,
  key text not null check (length(key) between 1 and 200),
  sent_at timestamptz not null,
  primary key (tenant_id, kind, subject_id, key)
);
select cf_tenant_table('backup_notices', 'none');
revoke update on backup_notices from cf_app;
