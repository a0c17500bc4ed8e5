-- A customer's leave for one operator to work in its console for a while (R90). The operators' role can ask and enter; only
-- the customer's own transaction can answer.
create table grants_grants (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  ticket_id uuid not null,
  operator_id uuid not null,
  operator_name text not null check (length(operator_name) between 1 and 320),
  reason text not null check (length(reason) between 1 and 2000),
  asked_scope text not null check (asked_scope in ('read', 'act')),
  asked_hours integer not null check (asked_hours between 1 and 72),
  asked_at timestamptz not null,
  -- When those who can answer were written to.
  told_at timestamptz,
  state text not null default 'asked' check (state in ('asked', 'granted', 'refused', 'lapsed', 'ended')),
  -- Who of the customer's people answered, and what they gave.
  answered_by uuid,
  answered_at timestamptz,
  scope text check (scope in ('read', 'act')),
  until timestamptz,
  ended_at timestamptz,
  end_reason text check (end_reason in ('revoked', 'returned', 'expired')),
  -- SHA-256 of the link's code, for a minute and once; then of the console session's secret.
  code_hash bytea check (length(code_hash) = 32),
  code_until timestamptz,
  secret_hash bytea check (length(secret_hash) = 32),
  primary key (tenant_id, id),
  check ((state in ('granted', 'ended')) = (until is not null and scope is not null)),
  check ((state in ('asked', 'lapsed')) = (answered_by is null)),
  check ((answered_by is null) = (answered_at is null)),
  check ((state = 'ended') = (ended_at is not null and end_reason is not null)),
  check ((code_hash is null) = (code_until is null)),
  -- Nobody is inside without leave.
  check (state = 'granted' or (code_hash is null and secret_hash is null))
);
create unique index grants_grants_code on grants_grants (code_hash);
comment on index grants_grants_code is 'global: a code is presented before the tenant is known';
create unique index grants_grants_secret on grants_grants (secret_hash);
comment on index grants_grants_secret is 'global: a secret is presented before the tenant is known';
create index grants_grants_asked on grants_grants (tenant_id, asked_at);
select cf_tenant_table('grants_grants', 'write');
revoke insert, delete on grants_grants from cf_app;
revoke insert, update, delete on grants_grants from cf_ops;
grant insert (tenant_id, id, ticket_id, operator_id, operator_name, reason, asked_scope, asked_hours, asked_at)
  on grants_grants to cf_ops;
grant update (code_hash, code_until) on grants_grants to cf_ops;
select cf_definer_access('grants_grants', 'select');

-- Which page of the console was looked at under a grant: once each, so that the customer's log says so.
create table grants_looks (
  tenant_id uuid not null,
  grant_id uuid not null,
  route text not null check (length(route) <= 200),
  at timestamptz not null,
  primary key (tenant_id, grant_id, route),
  foreign key (tenant_id, grant_id) references grants_grants (tenant_id, id)
);
select cf_tenant_table('grants_looks', 'none');
revoke update, delete on grants_looks from cf_app;

create function grants_find(p_hash bytea, p_now timestamptz) returns table (tenant_id uuid, id uuid, is_code boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select g.tenant_id, g.id, g.code_hash is not distinct from p_hash from grants_grants g
  where g.state = 'granted' and g.until > p_now
    and ((g.code_hash = p_hash and g.code_until > p_now) or g.secret_hash = p_hash)
$$;
select cf_definer_function('grants_find(bytea, timestamptz)'::regprocedure);
