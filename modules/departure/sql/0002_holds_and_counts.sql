-- What was deleted, counted in the transaction that deletes, so that the certificate tells it all also after a restart.
create table departure_counts (
  tenant_id uuid not null,
  departure_id uuid not null,
  kind text not null check (kind in ('table', 'store')),
  name text not null check (length(name) between 1 and 300),
  count bigint not null check (count >= 0),
  primary key (tenant_id, departure_id, kind, name),
  foreign key (tenant_id, departure_id) references departure_departures (tenant_id, id)
);
select cf_tenant_table('departure_counts', 'none');
revoke delete on departure_counts from cf_app;
select cf_definer_access('departure_counts', 'select, insert, update');
insert into departure_retention (table_name, basis) values ('departure_counts', 'departure');

-- As before, and counts what went.
create or replace function departure_erase_rows(p_table text, p_most bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_departure uuid;
  v_done bigint;
begin
  select d.id into v_departure from departure_departures d where d.tenant_id = v_tenant and d.state = 'erasing';
  if v_departure is null then
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
  if v_done > 0 then
    insert into departure_counts as c (tenant_id, departure_id, kind, name, count)
    values (v_tenant, v_departure, 'table', p_table, v_done)
    on conflict (tenant_id, departure_id, kind, name) do update set count = c.count + excluded.count;
  end if;
  return v_done;
end $$;
select cf_definer_function('departure_erase_rows(text, bigint)'::regprocedure);

-- The log of a customer under a legal hold is not cut either (R92).
create or replace function audit_cut() returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_seq bigint;
  v_hash bytea;
  v_done bigint;
begin
  if not exists (select 1 from tenancy_tenants t where t.tenant_id = v_tenant and t.state = 'departed') then
    raise exception 'only a departed tenant''s log is cut';
  end if;
  if exists (select 1 from compliance_holds h where h.about_tenant = v_tenant and h.lifted_at is null) then
    raise exception 'a hold stands';
  end if;
  select h.seq, h.hash into v_seq, v_hash from audit_heads h where h.tenant_id = v_tenant for update;
  if v_seq is null or v_seq = 0 or exists (select 1 from audit_pending p where p.tenant_id = v_tenant) then
    raise exception 'the log is not chained to its end';
  end if;
  insert into audit_cuts (tenant_id, seq, hash) values (v_tenant, v_seq, v_hash) on conflict do nothing;
  delete from audit_chain c where c.tenant_id = v_tenant;
  delete from audit_entries e where e.tenant_id = v_tenant;
  get diagnostics v_done = row_count;
  return v_done;
end $$;
select cf_definer_function('audit_cut()'::regprocedure);
