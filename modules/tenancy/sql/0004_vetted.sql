-- An organisation that signed itself up holds little until an operator has vetted it (R73). Whoever is here already is.
alter table tenancy_tenants add column vetted boolean not null default true;

-- As before, and not vetted.
create or replace function tenancy_found_tenant(p_name text, p_language text, p_country text, p_vat_number text, p_now timestamptz)
returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into tenancy_tenants (tenant_id, name, language, country, vat_number, signed_up, vetted, created_at, updated_at)
  values (current_setting('app.tenant_id')::uuid, p_name, p_language, p_country, p_vat_number, true, false, p_now, p_now)
$$;
select cf_definer_function('tenancy_found_tenant(text, text, text, text, timestamptz)'::regprocedure);
