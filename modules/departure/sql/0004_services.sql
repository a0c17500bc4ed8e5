-- The end of one service while the customer stays (R61): a window in which its data is taken away, then deletion of every
-- copy of it, and a certificate for it.
create table departure_services (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  kind text not null check (kind in ('space')),
  subject_id uuid not null,
  -- As it was called; what was deleted cannot be asked any more.
  name text not null check (length(name) between 1 and 200),
  state text not null default 'retrieval' check (state in ('retrieval', 'erasing', 'erased', 'cancelled')),
  requested_at timestamptz not null,
  retrieval_until timestamptz not null check (retrieval_until > requested_at),
  erase_wanted_at timestamptz,
  erasing_at timestamptz,
  erased_at timestamptz,
  cancelled_at timestamptz,
  -- Rows by table and blobs by store, counted in the transactions that took them: `{"backup_parts": 12}`.
  counts jsonb not null default '{}' check (jsonb_typeof(counts) = 'object'),
  certificate text,
  signature text,
  primary key (tenant_id, id),
  check ((state = 'erased') = (certificate is not null)),
  check ((certificate is null) = (signature is null)),
  check ((state = 'cancelled') = (cancelled_at is not null))
);
create unique index departure_services_standing on departure_services (tenant_id, subject_id)
  where state in ('retrieval', 'erasing');
create index departure_services_due on departure_services (retrieval_until) where state in ('retrieval', 'erasing');
select cf_tenant_table('departure_services', 'read');
revoke delete on departure_services from cf_app;
select cf_definer_access('departure_services', 'select, update');

-- Which rows of a table are a space's, as a condition on $1, the tenant, and $2, the space; null: none. By the columns
-- space_id and device_id, and by the foreign keys of the live catalogue to tables that have such rows, so that a table that
-- comes later cannot be forgotten. A few name it without a key.
create function departure_space_rows(p_table regclass) returns text
language plpgsql stable set search_path = public, pg_temp as $$
declare
  v_parts text[] := '{}';
  v_of text;
  r record;
  v_devices constant text := 'select d.id from devices_devices d where d.tenant_id = $1 and d.space_id = $2';
begin
  if exists (select 1 from departure_retention k where k.table_name = p_table::text) or p_table::text like 'departure\_%'
    or not exists (select 1 from pg_attribute a where a.attrelid = p_table and a.attname = 'tenant_id' and not a.attisdropped) then
    return null;
  end if;
  if p_table = 'spaces_spaces'::regclass then return 'id = $2'; end if;
  case p_table::text
    when 'backup_notices' then return format('(subject_id = $2 or subject_id in (%s))', v_devices);
    when 'reconciliation_drifts' then return format('(object_id = $2 or object_id in (%s))', v_devices);
    when 'webhooks_deliveries' then return format('(object_id = $2::text or object_id in (select id::text from (%s) d))', v_devices);
    else null;
  end case;
  if exists (select 1 from pg_attribute a where a.attrelid = p_table and a.attname = 'space_id' and not a.attisdropped) then
    v_parts := v_parts || 'space_id = $2'::text;
  end if;
  if exists (select 1 from pg_attribute a where a.attrelid = p_table and a.attname = 'device_id' and not a.attisdropped) then
    v_parts := v_parts || format('device_id in (%s)', v_devices);
  end if;
  if cardinality(v_parts) = 0 then
    for r in
      select k.confrelid::regclass as target,
        (select string_agg(format('%I', a.attname), ', ' order by o.n) from unnest(k.conkey) with ordinality o (num, n)
          join pg_attribute a on a.attrelid = k.conrelid and a.attnum = o.num) as own,
        (select string_agg(format('%I', a.attname), ', ' order by o.n) from unnest(k.confkey) with ordinality o (num, n)
          join pg_attribute a on a.attrelid = k.confrelid and a.attnum = o.num) as theirs
      from pg_constraint k
      where k.conrelid = p_table and k.contype = 'f' and k.confrelid <> k.conrelid
    loop
      v_of := departure_space_rows(r.target);
      if v_of is not null then
        v_parts := v_parts || format('(%s) in (select %s from %s where tenant_id = $1 and %s)', r.own, r.theirs, r.target, v_of);
      end if;
    end loop;
  end if;
  if cardinality(v_parts) = 0 then return null; end if;
  return '(' || array_to_string(v_parts, ' or ') || ')';
end $$;
grant execute on function departure_space_rows(regclass) to cf_app, cf_auth;

-- Removes rows of one space whose departure is at its last stage, and counts them. Never under a legal hold (R92).
create function departure_erase_service_rows(p_service uuid, p_table text, p_most bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_subject uuid;
  v_rows text;
  v_done bigint;
begin
  select s.subject_id into v_subject from departure_services s
  where s.tenant_id = v_tenant and s.id = p_service and s.state = 'erasing' for update;
  if v_subject is null then
    raise exception 'nothing of this service is to be erased';
  end if;
  if exists (select 1 from compliance_holds h where h.about_tenant = v_tenant and h.lifted_at is null) then
    raise exception 'a hold stands';
  end if;
  v_rows := departure_space_rows(p_table::regclass);
  if v_rows is null then return 0; end if;
  execute format('delete from %I where tenant_id = $1 and ctid = any(array(select ctid from %I where tenant_id = $1 and %s limit $3))',
    p_table, p_table, v_rows) using v_tenant, v_subject, p_most;
  get diagnostics v_done = row_count;
  if v_done > 0 then
    update departure_services s set counts = jsonb_set(s.counts, array[p_table],
      to_jsonb(coalesce((s.counts ->> p_table)::bigint, 0) + v_done)) where s.tenant_id = v_tenant and s.id = p_service;
  end if;
  return v_done;
end $$;
select cf_definer_function('departure_erase_service_rows(uuid, text, bigint)'::regprocedure);

-- How many rows a table still holds of a space of the transaction's tenant.
create function departure_count_service_rows(p_subject uuid, p_table text) returns bigint
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_rows text := departure_space_rows(p_table::regclass);
  v_count bigint;
begin
  if v_rows is null then return 0; end if;
  execute format('select count(*) from %I where tenant_id = $1 and %s', p_table, v_rows) into v_count using v_tenant, p_subject;
  return v_count;
end $$;
select cf_definer_function('departure_count_service_rows(uuid, text)'::regprocedure);
