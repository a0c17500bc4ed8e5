-- Incidents and maintenance (R24, R25). The provider's own; what the public may know is open to the customers' role too,
-- the host never is (R7).
create table notices_notices (
  id uuid primary key,
  kind text not null check (kind in ('incident', 'maintenance')),
  severity text not null check (severity in ('minor', 'major', 'critical')),
  state text not null check (state in ('investigating', 'identified', 'monitoring', 'resolved', 'planned', 'started', 'ended',
    'cancelled')),
  services text[] not null check (cardinality(services) > 0 and services <@ array['backup', 'mail', 'console']),
  site_id text,
  host_id uuid,
  title_it text not null check (length(title_it) between 1 and 200),
  title_en text not null check (length(title_en) between 1 and 200),
  planned_from timestamptz,
  planned_until timestamptz,
  opened_at timestamptz not null,
  updated_at timestamptz not null,
  closed_at timestamptz,
  opened_by uuid,
  check ((kind = 'maintenance') = (planned_from is not null)),
  check ((planned_from is null) = (planned_until is null)),
  check (planned_until > planned_from),
  check ((kind = 'maintenance') = (state in ('planned', 'started', 'ended', 'cancelled'))),
  check ((state in ('resolved', 'ended', 'cancelled')) = (closed_at is not null))
);
create index notices_notices_live on notices_notices (updated_at desc);
grant select, insert, update on notices_notices to cf_ops;
grant select (id, kind, severity, state, services, site_id, title_it, title_en, planned_from, planned_until, opened_at, updated_at,
  closed_at) on notices_notices to cf_app;

create table notices_updates (
  notice_id uuid not null references notices_notices (id),
  id uuid not null,
  state text not null,
  -- Cause and corrective measures, written afterwards.
  is_report boolean not null default false,
  text_it text not null check (length(text_it) between 1 and 4000),
  text_en text not null check (length(text_en) between 1 and 4000),
  at timestamptz not null,
  author_id uuid,
  primary key (notice_id, id)
);
grant select, insert on notices_updates to cf_ops;
grant select (notice_id, id, state, is_report, text_it, text_en, at) on notices_updates to cf_app;

-- A part that does not answer, from the first failed check to the repair (R23). Past its usual duration a notice is raised.
create table notices_faults (
  id uuid primary key,
  check_key text not null check (length(check_key) between 1 and 200),
  service text not null check (service in ('backup', 'mail', 'console')),
  site_id text,
  host_id uuid,
  usual_ms integer not null check (usual_ms >= 0),
  detected_at timestamptz not null,
  acknowledged_at timestamptz,
  closed_at timestamptz,
  notice_id uuid references notices_notices (id)
);
create unique index notices_faults_once on notices_faults (check_key) where closed_at is null;
comment on index notices_faults_once is 'of the provider: one fault for one check at a time (R23)';
grant select, insert, update on notices_faults to cf_ops;

-- Whom a notice concerns: worked out from what runs where, when it is spread.
create table notices_affected (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  notice_id uuid not null references notices_notices (id),
  at timestamptz not null,
  primary key (tenant_id, notice_id)
);
select cf_tenant_table('notices_affected', 'read');
revoke update, delete on notices_affected from cf_app;

-- Each update goes to each address once (R24, R25). Rows of subscribers of the status page belong to the provider.
create table notices_deliveries (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  update_id uuid not null,
  address text not null check (length(address) between 3 and 320),
  at timestamptz not null,
  message_id text not null,
  primary key (tenant_id, update_id, address)
);
create index notices_deliveries_update on notices_deliveries (update_id);
select cf_tenant_table('notices_deliveries', 'read');
revoke update, delete on notices_deliveries from cf_app;

-- Who is written to, by purpose; nobody before he has confirmed (R102).
create table notices_contacts (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  purpose text not null check (purpose in ('incidents', 'billing', 'security')),
  address text not null check (length(address) between 3 and 320),
  language text not null check (language in ('it', 'en')),
  asked_at timestamptz not null,
  confirmed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, purpose, address)
);
select cf_tenant_table('notices_contacts', 'read');

-- Subscribers of the public status page; rows of the provider (R29).
create table notices_subscribers (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  address text not null check (length(address) between 3 and 320),
  language text not null check (language in ('it', 'en')),
  asked_at timestamptz not null,
  confirmed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, address)
);
select cf_tenant_table('notices_subscribers', 'none');
