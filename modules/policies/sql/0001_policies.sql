create table policies_policies (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  name text not null check (length(name) between 1 and 100),
  version integer not null check (version > 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  primary key (tenant_id, id)
);
create unique index policies_policies_name on policies_policies (tenant_id, lower(name)) where deleted_at is null;
select cf_tenant_table('policies_policies', 'none');
revoke delete on policies_policies from cf_app;

-- What each version said. A version never changes, so that "which rules held then" can be answered.
create table policies_versions (
  tenant_id uuid not null,
  policy_id uuid not null,
  version integer not null check (version > 0),
  settings jsonb not null,
  made_by text not null,
  made_at timestamptz not null,
  primary key (tenant_id, policy_id, version),
  foreign key (tenant_id, policy_id) references policies_policies (tenant_id, id)
);
select cf_tenant_table('policies_versions', 'none');
revoke update, delete on policies_versions from cf_app;

-- Which policy a device follows, and what it said of it last.
create table policies_assignments (
  tenant_id uuid not null,
  device_id uuid not null,
  policy_id uuid not null,
  assigned_at timestamptz not null,
  acknowledged_version integer,
  acknowledged_state text check (acknowledged_state in ('following', 'refused')),
  acknowledged_code text check (length(acknowledged_code) <= 100),
  acknowledged_at timestamptz,
  next_run_at timestamptz,
  primary key (tenant_id, device_id),
  foreign key (tenant_id, device_id) references devices_devices (tenant_id, id),
  foreign key (tenant_id, policy_id) references policies_policies (tenant_id, id),
  foreign key (tenant_id, policy_id, acknowledged_version) references policies_versions (tenant_id, policy_id, version),
  check ((acknowledged_version is null) = (acknowledged_state is null)),
  check ((acknowledged_version is null) = (acknowledged_at is null))
);
create index policies_assignments_policy on policies_assignments (tenant_id, policy_id);
select cf_tenant_table('policies_assignments', 'none');

-- The last wish that a device may run now.
create table policies_run_requests (
  tenant_id uuid not null,
  device_id uuid not null,
  id uuid not null,
  requested_by text not null,
  requested_at timestamptz not null,
  taken_at timestamptz,
  primary key (tenant_id, device_id),
  foreign key (tenant_id, device_id) references devices_devices (tenant_id, id)
);
select cf_tenant_table('policies_run_requests', 'none');
