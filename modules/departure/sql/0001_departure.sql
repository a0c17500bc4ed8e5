-- The end of a contract (R61, R86): a window in which the customer takes its data away, then deletion of every copy.
create table departure_departures (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  state text not null default 'retrieval' check (state in ('retrieval', 'erasing', 'erased', 'cancelled')),
  asked_by text not null check (asked_by in ('customer', 'provider')),
  requested_at timestamptz not null,
  -- Nothing is deleted before, unless the customer asks for it.
  retrieval_until timestamptz not null check (retrieval_until > requested_at),
  -- The customer has taken, or does not want, its data and asks for deletion at once.
  erase_wanted_at timestamptz,
  erasing_at timestamptz,
  erased_at timestamptz,
  cancelled_at timestamptz,
  -- SHA-256 of the secret in the link to the certificate: who left has no sign-in any more.
  claim_hash bytea not null check (octet_length(claim_hash) = 32),
  certificate text,
  signature text,
  primary key (tenant_id, id),
  check ((state = 'erased') = (certificate is not null)),
  check ((certificate is null) = (signature is null)),
  check ((state = 'cancelled') = (cancelled_at is not null))
);
create unique index departure_departures_standing on departure_departures (tenant_id) where state in ('retrieval', 'erasing');
select cf_tenant_table('departure_departures', 'write');
revoke delete on departure_departures from cf_app, cf_ops;
select cf_definer_access('departure_departures', 'select');

-- The certificate behind a link.
create function departure_certificate(p_claim_hash bytea) returns table (certificate text, signature text)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.certificate, d.signature from departure_departures d
  where d.claim_hash = p_claim_hash and d.state = 'erased'
$$;
select cf_definer_function('departure_certificate(bytea)'::regprocedure);

-- What the customer takes away: one archive each, made by a job, gone after some days (R62).
create table departure_exports (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  part text not null check (part in ('settings', 'mail')),
  state text not null default 'waiting' check (state in ('waiting', 'running', 'ready', 'failed', 'expired')),
  requested_by uuid not null,
  requested_at timestamptz not null,
  files_done bigint not null default 0 check (files_done >= 0),
  bytes_done bigint not null default 0 check (bytes_done >= 0),
  blob_id uuid,
  sha256 bytea,
  ready_at timestamptz,
  expires_at timestamptz,
  failed_code text check (length(failed_code) <= 100),
  primary key (tenant_id, id),
  check ((state = 'ready') <= (blob_id is not null))
);
create index departure_exports_expiry on departure_exports (tenant_id, expires_at) where state = 'ready';
select cf_tenant_table('departure_exports', 'none');

-- What the law or the contract's end makes us keep; everything else of a tenant goes.
create table departure_retention (
  table_name text primary key,
  basis text not null check (basis in ('tax', 'contract', 'audit', 'departure', 'root'))
);
grant select on departure_retention to cf_app, cf_ops, cf_auth;
insert into departure_retention (table_name, basis) values
  ('billing_allocations', 'tax'), ('billing_documents', 'tax'), ('billing_dues', 'tax'), ('billing_invoices', 'tax'),
  ('billing_line_units', 'tax'), ('billing_lines', 'tax'), ('billing_payments', 'tax'), ('billing_receipts', 'tax'),
  ('billing_reminders', 'tax'), ('billing_vat', 'tax'), ('billing_vat_checks', 'tax'), ('metering_units', 'tax'),
  ('orders_orders', 'contract'), ('orders_services', 'contract'), ('catalogue_acceptances', 'contract'),
  ('audit_entries', 'audit'), ('audit_pending', 'audit'), ('audit_chain', 'audit'), ('audit_heads', 'audit'),
  ('audit_cuts', 'audit'), ('departure_departures', 'departure'), ('tenancy_tenants', 'root');

-- Removes rows of the transaction's tenant from one table, at most p_most of them, or all. It refuses unless that
-- tenant's departure is at its last stage, no hold stands, and the table is not one that is kept. Returns how many went.
create function departure_erase_rows(p_table text, p_most bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_done bigint;
begin
  if not exists (select 1 from departure_departures d where d.tenant_id = v_tenant and d.state = 'erasing') then
    raise exception 'nothing of this tenant is to be erased';
  end if;
  if exists (select 1 from compliance_holds h where h.about_tenant = v_tenant and h.lifted_at is null) then
    raise exception 'a hold stands';
  end if;
  if exists (select 1 from departure_retention r where r.table_name = p_table) or not exists (
    select 1 from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and c.relname = p_table) then
    raise exception 'the table % is not one to erase from', p_table;
  end if;
  execute format('delete from %I where tenant_id = $1 and ctid = any(array(select ctid from %I where tenant_id = $1 limit $2))',
    p_table, p_table) using v_tenant, p_most;
  get diagnostics v_done = row_count;
  return v_done;
end $$;
select cf_definer_function('departure_erase_rows(text, bigint)'::regprocedure);

-- How many rows a table still holds of the transaction's tenant.
create function departure_count_rows(p_table text) returns bigint
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_count bigint;
begin
  execute format('select count(*) from %I where tenant_id = $1', p_table) into v_count using v_tenant;
  return v_count;
end $$;
select cf_definer_function('departure_count_rows(text)'::regprocedure);
