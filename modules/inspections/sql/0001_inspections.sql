-- Customers' audits of what we promise (R67–R71): asked for in writing, quoted, accepted, held, charged once.
create table inspections_requests (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  state text not null default 'asked' check (state in ('asked', 'quoted', 'accepted', 'finished', 'withdrawn', 'refused')),
  products text[] not null check (cardinality(products) > 0 and products <@ array['backup', 'mail']),
  scope text not null check (length(scope) between 1 and 4000),
  firm text not null check (length(firm) between 1 and 200),
  -- The non-disclosure agreement that the auditors signed: its reference and date.
  nda text not null check (length(nda) between 1 and 300),
  -- Why there is more than one in twelve months (R71).
  grounds text check (grounds in ('incident', 'authority')),
  grounds_text text not null default '' check (length(grounds_text) <= 1000),
  -- The written notice, and the days it names, in Rome; both days included (R68).
  notified_at timestamptz not null,
  from_on date not null,
  until_on date not null check (until_on >= from_on),
  -- The room is open between these instants.
  opens_at timestamptz not null,
  closes_at timestamptz not null check (closes_at > opens_at),
  language text not null check (language in ('it', 'en')),
  asked_by uuid not null,
  -- What it costs the customer, net (R70).
  cost_cents bigint check (cost_cents between 0 and 100000000),
  cost_text text check (length(cost_text) between 1 and 1000),
  quoted_by uuid,
  quoted_at timestamptz,
  accepted_by uuid,
  accepted_at timestamptz,
  refusal text check (length(refusal) between 1 and 1000),
  ended_at timestamptz,
  primary key (tenant_id, id),
  check ((grounds is null) = (grounds_text = '')),
  check (num_nulls(cost_cents, cost_text, quoted_by, quoted_at) in (0, 4)),
  check ((accepted_at is null) = (accepted_by is null)),
  check (state not in ('quoted', 'accepted', 'finished') or cost_cents is not null),
  check (state not in ('accepted', 'finished') or accepted_at is not null),
  check ((state = 'refused') = (refusal is not null)),
  check ((state in ('finished', 'withdrawn', 'refused')) = (ended_at is not null))
);
create index inspections_requests_open on inspections_requests (state, notified_at);
select cf_tenant_table('inspections_requests', 'write');
revoke delete on inspections_requests from cf_app, cf_ops;
revoke insert on inspections_requests from cf_ops;

-- Who comes. The account lives from the acceptance to the end; afterwards this row tells who it was.
create table inspections_auditors (
  tenant_id uuid not null,
  request_id uuid not null,
  address text not null check (length(address) between 3 and 320),
  name text not null check (length(name) between 1 and 200),
  principal_id uuid,
  invited_at timestamptz,
  ended_at timestamptz,
  primary key (tenant_id, request_id, address),
  foreign key (tenant_id, request_id) references inspections_requests (tenant_id, id)
);
create index inspections_auditors_principal on inspections_auditors (tenant_id, principal_id) where principal_id is not null;
select cf_tenant_table('inspections_auditors', 'read');
revoke delete on inspections_auditors from cf_app;
