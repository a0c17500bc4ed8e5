-- When a plane was last asked about a customer's objects, and why it could not answer (R100).
create table reconciliation_looks (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  plane text not null check (length(plane) between 1 and 50),
  at timestamptz not null,
  objects integer not null check (objects >= 0),
  -- Null: it answered.
  trouble text check (length(trouble) between 1 and 500),
  primary key (tenant_id, plane)
);
select cf_tenant_table('reconciliation_looks', 'read');

-- Something that is not as it was ordered.
create table reconciliation_drifts (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  plane text not null check (length(plane) between 1 and 50),
  object_id uuid not null,
  attribute text not null check (length(attribute) between 1 and 50),
  label text not null check (length(label) <= 320),
  -- Null: the object, or the attribute, is not there.
  desired text check (length(desired) <= 500),
  actual text check (length(actual) <= 500),
  found_at timestamptz not null,
  tries integer not null default 0 check (tries >= 0),
  next_at timestamptz not null,
  trouble text check (length(trouble) between 1 and 500),
  settled_at timestamptz,
  primary key (tenant_id, plane, object_id, attribute)
);
create index reconciliation_drifts_open on reconciliation_drifts (found_at) where settled_at is null;
select cf_tenant_table('reconciliation_drifts', 'write');
revoke delete on reconciliation_drifts from cf_app;
