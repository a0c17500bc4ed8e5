-- The provider's datacentres, written from the configuration at start and readable by every customer (R31).
-- guaranteed_bytes is the sum of the quotas sold there; capacity_bytes null means that nobody measured it (R5, R8).
create table spaces_sites (
  id text primary key check (id ~ '^[a-z0-9-]{1,32}$'),
  name text not null check (length(name) between 1 and 200),
  country text not null check (country ~ '^[A-Z]{2}$'),
  jurisdiction_it text not null,
  jurisdiction_en text not null,
  position integer not null,
  open boolean not null default true,
  capacity_bytes bigint check (capacity_bytes >= 0),
  guaranteed_bytes bigint not null default 0 check (guaranteed_bytes >= 0),
  updated_at timestamptz not null
);
grant select on spaces_sites to cf_app, cf_ops;
grant update (guaranteed_bytes) on spaces_sites to cf_app;
grant insert, update on spaces_sites to cf_ops;

create table spaces_spaces (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  -- Chosen by the customer, without default, for ever (R31, R32).
  site_id text not null references spaces_sites (id),
  name text not null check (length(name) between 1 and 100),
  quota_bytes bigint not null check (quota_bytes > 0),
  -- Null: as fast as the host goes.
  bandwidth_bytes_per_second bigint check (bandwidth_bytes_per_second > 0),
  replica_plan text not null default 'none' check (replica_plan in ('none')),
  -- How long a restore point cannot be deleted by anybody.
  lock_days integer not null check (lock_days between 0 and 3650),
  state text not null default 'active' check (state in ('active', 'suspended', 'deleted')),
  -- Of committed files, of parts of open uploads, and of objects and block maps, which the reserve holds.
  used_bytes bigint not null default 0 check (used_bytes >= 0),
  pending_bytes bigint not null default 0 check (pending_bytes >= 0),
  metadata_bytes bigint not null default 0 check (metadata_bytes >= 0),
  -- The highest of 0, 80, 90, 95 percent that use has reached and not fallen below again (R95).
  threshold smallint not null default 0 check (threshold in (0, 80, 90, 95)),
  threshold_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  primary key (tenant_id, id),
  check ((state = 'deleted') = (deleted_at is not null))
);
create unique index spaces_spaces_name on spaces_spaces (tenant_id, lower(name)) where state <> 'deleted';
create index spaces_spaces_site on spaces_spaces (site_id);
select cf_tenant_table('spaces_spaces', 'write');
revoke delete on spaces_spaces from cf_app, cf_ops;
