-- Requests of authorities (R58, R88) and legal holds (R92). The provider's own: the customers' role does not reach them,
-- so that nothing about a request under a gag can be seen from a customer's side.
create table compliance_requests (
  id uuid primary key,
  number bigint generated always as identity unique,
  kind text not null check (kind in ('production', 'emergency', 'preservation')),
  authority text not null check (length(authority) between 1 and 200),
  -- The act: its number and date as the authority writes them.
  act text not null check (length(act) between 1 and 200),
  legal_basis text not null check (length(legal_basis) between 1 and 500),
  about_tenant uuid not null references tenancy_tenants (tenant_id),
  -- Which parts, which mail accounts, which span of time; nothing else is ever given out.
  scope jsonb not null,
  received_at timestamptz not null,
  deadline_at timestamptz not null,
  gag boolean not null,
  -- When the gag ends by itself; null: when the authority says so.
  gag_until timestamptz,
  state text not null default 'registered' check (state in ('registered', 'approved', 'refused', 'delivered', 'closed')),
  registered_by uuid not null,
  registered_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  reason text check (length(reason) <= 2000),
  delivered_by uuid,
  delivered_at timestamptz,
  delivered_bytes bigint,
  delivered_sha256 bytea check (octet_length(delivered_sha256) = 32),
  told_at timestamptz,
  closed_at timestamptz,
  check (gag or gag_until is null),
  check ((decided_by is null) = (decided_at is null)),
  check (state = 'registered' or decided_by is not null),
  check ((delivered_sha256 is null) = (delivered_at is null)),
  -- Two persons: nobody decides on what he registered himself.
  constraint compliance_two_persons check (decided_by is null or decided_by <> registered_by)
);
grant select, insert, update on compliance_requests to cf_ops;

-- Everybody who looked at a request, when, and at what of it.
create table compliance_looks (
  id uuid primary key default gen_random_uuid(),
  request_id uuid not null references compliance_requests (id),
  at timestamptz not null,
  by uuid not null,
  what text not null check (what in ('list', 'request', 'delivery'))
);
create index compliance_looks_request on compliance_looks (request_id, at);
grant select, insert on compliance_looks to cf_ops;

-- While one stands, nothing of that customer is deleted. One person places it, two lift it.
create table compliance_holds (
  id uuid primary key,
  about_tenant uuid not null references tenancy_tenants (tenant_id),
  request_id uuid references compliance_requests (id),
  reason text not null check (length(reason) between 1 and 500),
  placed_by uuid not null,
  placed_at timestamptz not null,
  lift_asked_by uuid,
  lift_asked_at timestamptz,
  lifted_by uuid,
  lifted_at timestamptz,
  check ((lifted_by is null) = (lifted_at is null)),
  check (lifted_by is null or lift_asked_by is not null),
  constraint compliance_hold_two_persons check (lifted_by is null or lifted_by <> lift_asked_by)
);
create index compliance_holds_standing on compliance_holds (about_tenant) where lifted_at is null;
grant select, insert, update on compliance_holds to cf_ops;
grant select on compliance_holds to cf_auth;
