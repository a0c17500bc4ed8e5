-- Where a customer's programs are told what happened (R79).
create table webhooks_endpoints (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  name text not null check (length(name) between 1 and 100),
  url text not null check (url like 'https://%' and length(url) <= 1000),
  topics text[] not null check (cardinality(topics) between 1 and 20),
  state text not null default 'active' check (state in ('active', 'paused', 'disabled')),
  disabled_reason text check (disabled_reason in ('failing', 'gone', 'overflow')),
  -- AES-256-GCM, bound to the row.
  sealed_secret bytea not null,
  -- The secret before, which signs too until then.
  sealed_before bytea,
  before_until timestamptz,
  -- Since the first failure that no success has followed.
  failing_since timestamptz,
  -- Nothing is sent before: its last answer was no success.
  rests_until timestamptz,
  last_success_at timestamptz,
  created_by uuid not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check ((state = 'disabled') = (disabled_reason is not null)),
  check ((sealed_before is null) = (before_until is null))
);
select cf_tenant_table('webhooks_endpoints', 'none');
select cf_definer_access('webhooks_endpoints', 'select');

-- One event for one endpoint, and how it went.
create table webhooks_deliveries (
  tenant_id uuid not null,
  id uuid not null,
  endpoint_id uuid not null,
  -- The same for every endpoint and every try: receivers know by it what they have seen.
  event_id uuid not null,
  event_type text not null check (length(event_type) <= 60),
  object_kind text not null check (length(object_kind) <= 60),
  object_id text not null check (length(object_id) <= 200),
  occurred_at timestamptz not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
  attempts integer not null default 0 check (attempts >= 0),
  -- While it waits: when it is tried next.
  next_at timestamptz,
  -- Whoever sends it now lets nobody else do so until then.
  claimed_until timestamptz,
  -- Since when it is tried: the event, or somebody asked for it once more.
  tried_since timestamptz not null,
  last_at timestamptz,
  last_status integer check (last_status between 100 and 599),
  last_trouble text check (last_trouble in ('not_public', 'no_such_host', 'tls', 'timeout', 'unreachable')),
  last_ms integer,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, endpoint_id, event_id),
  foreign key (tenant_id, endpoint_id) references webhooks_endpoints (tenant_id, id) on delete cascade,
  check ((state = 'waiting') = (next_at is not null))
);
create index webhooks_deliveries_due on webhooks_deliveries (tenant_id, endpoint_id, next_at) where state = 'waiting';
create index webhooks_deliveries_age on webhooks_deliveries (tenant_id, created_at);
select cf_tenant_table('webhooks_deliveries', 'none');

-- How far into the customer's log events were taken from.
create table webhooks_cursors (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  seq bigint not null check (seq >= 0),
  primary key (tenant_id)
);
select cf_tenant_table('webhooks_cursors', 'none');
select cf_definer_access('webhooks_cursors', 'select');

-- Customers that are told anything, with how far they have been.
create function webhooks_listening() returns table (tenant_id uuid, seq bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.tenant_id, c.seq from webhooks_cursors c
  where exists (select 1 from webhooks_endpoints e where e.tenant_id = c.tenant_id and e.state <> 'disabled')
$$;
select cf_definer_function('webhooks_listening()'::regprocedure);
