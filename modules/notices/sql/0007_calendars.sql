-- A customer's private calendar of maintenance: its address works while this row names it (RFC 5545, R25).
create table notices_calendars (
  tenant_id uuid primary key references tenancy_tenants (tenant_id),
  id uuid not null,
  made_at timestamptz not null
);
select cf_tenant_table('notices_calendars', 'none');
