-- Breaches of personal data and significant incidents, with the clocks of the law (R84, R85). The provider's own.
create table compliance_incidents (
  id uuid primary key,
  number bigint generated always as identity unique,
  -- Personal data are concerned (GDPR, art. 33 and 34).
  is_breach boolean not null,
  -- Significant (Directive (EU) 2022/2555, art. 23; D.Lgs. 138/2024).
  is_significant boolean not null,
  title text not null check (length(title) between 1 and 200),
  facts text not null check (length(facts) between 1 and 4000),
  -- Who is concerned, and about how many.
  persons text not null check (length(persons) between 1 and 1000),
  remedies text not null check (length(remedies) between 1 and 2000),
  -- When the provider became aware: the clocks run from here.
  aware_at timestamptz not null,
  registered_by uuid not null,
  registered_at timestamptz not null check (registered_at >= aware_at),
  closed_by uuid,
  closed_at timestamptz,
  check (is_breach or is_significant),
  check ((closed_by is null) = (closed_at is null))
);
grant select, insert, update on compliance_incidents to cf_ops;

create table compliance_incident_steps (
  incident_id uuid not null references compliance_incidents (id),
  step text not null check (step in ('authority', 'customers', 'early_warning', 'notification', 'final_report')),
  due_at timestamptz not null,
  done_at timestamptz,
  done_by uuid,
  -- The authority's number, or what else proves it.
  reference text check (length(reference) between 1 and 500),
  -- 1: told that it is due soon; 2: told that it is late.
  alarms integer not null default 0 check (alarms between 0 and 2),
  primary key (incident_id, step),
  check (num_nulls(done_at, done_by, reference) in (0, 3))
);
create index compliance_incident_steps_open on compliance_incident_steps (due_at) where done_at is null;
grant select, insert, update on compliance_incident_steps to cf_ops;

create table compliance_incident_customers (
  incident_id uuid not null references compliance_incidents (id),
  about_tenant uuid not null references tenancy_tenants (tenant_id),
  told_at timestamptz,
  primary key (incident_id, about_tenant)
);
grant select, insert, update on compliance_incident_customers to cf_ops;
