-- One row a customer organisation; the root of every tenant key. The provider itself is a tenant, so that operators,
-- their sessions and the provider's own audit chain need no second schema.
create table tenancy_tenants (
  tenant_id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  state text not null default 'active' check (state in ('active', 'suspended', 'departed')),
  language text not null default 'it' check (language in ('it', 'en')),
  require_two_factor boolean not null default false,
  country text not null default 'IT' check (country ~ '^[A-Z]{2}$'),
  vat_number text,
  tax_code text,
  address text,
  postal_code text,
  city text,
  province text,
  certified_mail text,
  invoice_recipient_code text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index tenancy_tenants_name on tenancy_tenants (lower(name), tenant_id);

-- Written before row security is forced: the owner of the table has no policy of its own.
insert into tenancy_tenants (tenant_id, name, created_at, updated_at)
  values ('00000000-0000-7000-8000-000000000001', 'Provider', now(), now());

select cf_tenant_table('tenancy_tenants', 'write');
-- A customer never makes or removes a tenant; the operator makes them, departure marks them.
revoke insert, delete on tenancy_tenants from cf_app;
revoke delete on tenancy_tenants from cf_ops;
select cf_definer_access('tenancy_tenants', 'select');

-- The tenants, a page at a time by id, for jobs that sweep tenant by tenant.
create function tenancy_tenants_after(p_after uuid, p_count integer) returns table (tenant_id uuid, state text)
language sql stable security definer set search_path = public, pg_temp as $$
  select t.tenant_id, t.state from tenancy_tenants t
  where p_after is null or t.tenant_id > p_after order by t.tenant_id limit least(p_count, 1000)
$$;
select cf_definer_function('tenancy_tenants_after(uuid, integer)'::regprocedure, 'cf_app, cf_ops');
