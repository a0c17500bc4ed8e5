-- Who else processes customers' data for the provider (GDPR, art. 28 (2)). The provider's own; every customer reads it.
create table processors_subprocessors (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  service_it text not null check (length(service_it) between 1 and 300),
  service_en text not null check (length(service_en) between 1 and 300),
  country text not null check (country ~ '^[A-Z]{2}$'),
  from_on date not null,
  -- The first day on which it does not process any more.
  until_on date check (until_on > from_on),
  created_at timestamptz not null
);
grant select on processors_subprocessors to cf_app, cf_ops;
grant insert, update (until_on) on processors_subprocessors to cf_ops;

create table processors_changes (
  id uuid primary key,
  subprocessor_id uuid not null references processors_subprocessors (id),
  kind text not null check (kind in ('begins', 'ends')),
  effective_on date not null,
  announced_at timestamptz not null,
  -- A customer may object before this moment.
  objections_until timestamptz not null check (objections_until > announced_at),
  reason_it text not null check (length(reason_it) between 1 and 1000),
  reason_en text not null check (length(reason_en) between 1 and 1000),
  announced_by uuid not null,
  unique (subprocessor_id, kind)
);
grant select (id, subprocessor_id, kind, effective_on, announced_at, objections_until, reason_it, reason_en)
  on processors_changes to cf_app;
grant select, insert on processors_changes to cf_ops;

-- The proof that a customer was told, and how many were written to.
create table processors_told (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  change_id uuid not null references processors_changes (id),
  at timestamptz not null,
  recipients integer not null check (recipients >= 0),
  primary key (tenant_id, change_id)
);
select cf_tenant_table('processors_told', 'read');
revoke update, delete on processors_told from cf_app;

create table processors_objections (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  change_id uuid not null references processors_changes (id),
  reason text not null check (length(reason) between 1 and 4000),
  by uuid not null,
  at timestamptz not null,
  answer text check (length(answer) between 1 and 4000),
  answered_by uuid,
  answered_at timestamptz,
  primary key (tenant_id, change_id),
  check (num_nulls(answer, answered_by, answered_at) in (0, 3))
);
select cf_tenant_table('processors_objections', 'write');
revoke update, delete on processors_objections from cf_app;
revoke insert, update, delete on processors_objections from cf_ops;
grant update (answer, answered_by, answered_at) on processors_objections to cf_ops;

-- What a customer instructs as controller (GDPR, art. 28 (3) (a)), and what was done.
create table processors_instructions (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  text text not null check (length(text) between 1 and 4000),
  by uuid not null,
  at timestamptz not null,
  done text check (length(done) between 1 and 4000),
  done_by uuid,
  done_at timestamptz,
  primary key (tenant_id, id),
  check (num_nulls(done, done_by, done_at) in (0, 3))
);
create index processors_instructions_open on processors_instructions (at) where done_at is null;
select cf_tenant_table('processors_instructions', 'write');
revoke update, delete on processors_instructions from cf_app;
revoke insert, update, delete on processors_instructions from cf_ops;
grant update (done, done_by, done_at) on processors_instructions to cf_ops;
