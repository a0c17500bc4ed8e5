-- A customer may also make its own organisation, where the provider lets it (R73). Operators see which did.
alter table tenancy_tenants add column signed_up boolean not null default false;

-- The runtime role still cannot insert: this makes the one row of the transaction's own tenant, and never a second time.
grant insert on tenancy_tenants to cf_auth;
create function tenancy_found_tenant(p_name text, p_language text, p_country text, p_vat_number text, p_now timestamptz)
returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into tenancy_tenants (tenant_id, name, language, country, vat_number, signed_up, created_at, updated_at)
  values (current_setting('app.tenant_id')::uuid, p_name, p_language, p_country, p_vat_number, true, p_now, p_now)
$$;
select cf_definer_function('tenancy_found_tenant(text, text, text, text, timestamptz)'::regprocedure);
