-- The usage ledger: what a writer says happened, in the writer's own transaction. Append-only: the runtime role may
-- neither change nor remove a row (R41).
create table metering_events (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id bigint generated always as identity,
  -- Who says it and its name for what happened: the pair is said once (R41).
  source text not null check (source ~ '^[a-z_]{1,40}$'),
  event_id text not null check (length(event_id) between 1 and 200),
  meter text not null check (meter in ('space', 'mail_account', 'stored')),
  subject_id uuid not null,
  kind text not null check (kind in ('started', 'changed', 'ended', 'delta')),
  -- When it happened, and when the ledger heard of it: a late event becomes a correction.
  at timestamptz not null,
  received_at timestamptz not null,
  service_id uuid,
  sku_id text,
  sku_version integer,
  quantity bigint check (quantity between 1 and 1000000),
  unit text check (unit in ('hour', 'month')),
  -- Of two plans inside one started unit the one of the higher rank is billed.
  plan_rank bigint check (plan_rank >= 0),
  delta_bytes bigint check (delta_bytes between -1152921504606846976 and 1152921504606846976),
  primary key (tenant_id, id),
  check ((kind = 'delta') = (meter = 'stored')),
  check ((kind = 'delta') = (delta_bytes is not null)),
  check (num_nulls(service_id, sku_id, sku_version, quantity, unit, plan_rank) in (0, 6)),
  check (kind in ('started', 'changed') or sku_id is null)
);
create unique index metering_events_once on metering_events (tenant_id, source, event_id);
create index metering_events_subject on metering_events (tenant_id, meter, subject_id, at, id);
select cf_tenant_table('metering_events', 'read');
revoke update, delete on metering_events from cf_app;

-- Where the closing job stands with each thing that is metered.
create table metering_subjects (
  tenant_id uuid not null,
  meter text not null check (meter in ('space', 'mail_account', 'stored')),
  subject_id uuid not null,
  -- Set by each event: everything from here on must be looked at again.
  dirty_from timestamptz,
  -- When the next unit starts or the next hour is over; null when nothing more will come by itself.
  due_at timestamptz,
  -- Up to here units are paid for, or hours closed.
  closed_until timestamptz,
  primary key (tenant_id, meter, subject_id)
);
create index metering_subjects_due on metering_subjects (due_at) where due_at is not null;
select cf_tenant_table('metering_subjects', 'read');
revoke delete on metering_subjects from cf_app;
select cf_definer_access('metering_subjects', 'select');

-- Started units (R38). A row is never changed: what a late event alters is told by further rows, also negative ones,
-- and the sum of a unit's rows is what is owed for it.
create table metering_units (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null default gen_random_uuid(),
  meter text not null check (meter in ('space', 'mail_account')),
  subject_id uuid not null,
  service_id uuid not null,
  sku_id text not null,
  sku_version integer not null,
  unit text not null check (unit in ('hour', 'month')),
  unit_from timestamptz not null,
  unit_to timestamptz not null check (unit_to > unit_from),
  quantity bigint not null check (quantity <> 0),
  closed_at timestamptz not null,
  primary key (tenant_id, id)
);
create index metering_units_subject on metering_units (tenant_id, meter, subject_id, unit_from);
create index metering_units_from on metering_units (tenant_id, unit_from);
select cf_tenant_table('metering_units', 'read');
revoke update, delete on metering_units from cf_app;

-- Stored byte-seconds of each hour (UTC); the sum of an hour's rows holds.
create table metering_hours (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  hour timestamptz not null,
  byte_seconds bigint not null,
  closed_at timestamptz not null,
  primary key (tenant_id, id)
);
create index metering_hours_hour on metering_hours (tenant_id, subject_id, hour);
select cf_tenant_table('metering_hours', 'read');
revoke update, delete on metering_hours from cf_app;

-- Tenants with something to close, for the job that goes tenant by tenant.
create function metering_tenants_due(now_at timestamptz, after uuid, most integer) returns table (tenant_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct s.tenant_id from metering_subjects s
  where (s.due_at <= now_at) and (after is null or s.tenant_id > after) order by 1 limit least(most, 1000)
$$;
select cf_definer_function('metering_tenants_due(timestamptz, uuid, integer)'::regprocedure);
