-- What a customer has ordered and runs: one row a backup space, one for mail.
create table orders_services (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  product text not null check (product in ('backup', 'mail')),
  -- The very version that was read (R1).
  sku_id text not null,
  sku_version integer not null,
  quantity bigint not null check (quantity between 1 and 1000000),
  unit text not null check (unit in ('hour', 'month')),
  plan_rank bigint not null check (plan_rank >= 0),
  -- Chosen by the customer for a space (R31), by the provider for mail and shown (R33).
  site_id text not null references spaces_sites (id),
  -- The space; for mail the service itself.
  subject_id uuid not null,
  label text not null check (length(label) between 1 and 100),
  state text not null default 'active' check (state in ('active', 'ended')),
  started_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id),
  foreign key (sku_id, sku_version) references catalogue_versions (sku_id, version),
  check ((state = 'ended') = (ended_at is not null))
);
create unique index orders_services_subject on orders_services (tenant_id, subject_id) where state = 'active';
create unique index orders_services_one_mail on orders_services (tenant_id) where product = 'mail' and state = 'active';
select cf_tenant_table('orders_services', 'read');
revoke delete on orders_services from cf_app;

-- Each order as it was given, with the price that was shown. Append-only.
create table orders_orders (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  -- The caller's name for this order: given twice it is carried out once.
  key text not null check (length(key) between 8 and 100),
  request_sha256 text not null,
  kind text not null check (kind in ('create', 'change')),
  service_id uuid not null,
  sku_id text not null,
  sku_version integer not null,
  quantity bigint not null,
  unit text not null check (unit in ('hour', 'month')),
  price_micros bigint not null,
  actor_id text not null,
  ip text not null,
  at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index orders_orders_key on orders_orders (tenant_id, key);
select cf_tenant_table('orders_orders', 'read');
revoke update, delete on orders_orders from cf_app;

-- Orders that found no room, for operators (R8). Written by the customers' role, which cannot read it.
create table orders_capacity_alerts (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  asked_by uuid not null,
  site_id text not null,
  sku_id text not null,
  bytes bigint not null
);
grant insert on orders_capacity_alerts to cf_app;
grant select on orders_capacity_alerts to cf_ops;
