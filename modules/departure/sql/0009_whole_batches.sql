-- The end of an organisation and of a space goes in batches as well where rows point at rows of their own table, and so does the log of
-- an organisation, so that no statement is as long as what ends was large.

-- A query for the addresses of at most p_most (a parameter, as text) rows of a tenant, $1, for which p_rows holds, and of those
-- rows that point at them. Of a table that points at itself the youngest go first: what points at them is mostly among them,
-- so that a batch is hardly more than asked for.
create function departure_batch(p_table regclass, p_rows text, p_most text) returns text
language plpgsql stable set search_path = public, pg_temp as $$
declare
  v_key text;
  v_order text;
  v_pointing text;
begin
  select string_agg(format('own.%I desc', a.attname), ', ' order by o.n) into v_order
    from pg_index i cross join unnest(i.indkey::smallint[]) with ordinality o (num, n)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = o.num
    where i.indrelid = p_table and i.indisprimary;
  -- What rows of the table may be pointed at by: the primary key, or another that is unique.
  select string_agg(format('own.%I', a.attname), ', ' order by a.attnum) into v_key
    from pg_attribute a where a.attrelid = p_table and exists (
      select 1 from pg_constraint k
      where k.conrelid = p_table and k.confrelid = p_table and k.contype = 'f' and a.attnum = any(k.confkey));
  select string_agg(format('select own.ctid, %s from %s own where (%s) = (%s) and %s', v_key, p_table,
      (select string_agg(format('own.%I', a.attname), ', ' order by o.n) from unnest(k.conkey) with ordinality o (num, n)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = o.num),
      (select string_agg(format('gone.%I', a.attname), ', ' order by o.n) from unnest(k.confkey) with ordinality o (num, n)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = o.num), p_rows), ' union all ')
    into v_pointing
    from pg_constraint k where k.conrelid = p_table and k.confrelid = p_table and k.contype = 'f';
  if v_pointing is null then
    return format('select own.ctid from %s own where tenant_id = $1 and %s limit %s', p_table, p_rows, p_most);
  end if;
  return format('with recursive gone as ((select own.ctid as at, %s from %s own where tenant_id = $1 and %s order by %s limit %s) '
    'union select pointing.* from gone cross join lateral (%s) pointing) select at from gone',
    v_key, p_table, p_rows, v_order, p_most, v_pointing);
end $$;
grant execute on function departure_batch(regclass, text, text) to cf_auth;

-- As before, in batches of every table. May take some more than p_most; fewer only when none are left.
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
  execute format('delete from %I where tenant_id = $1 and ctid = any(array(%s))', p_table,
    departure_batch(p_table::regclass, 'true', '$2')) using v_tenant, p_most;
  get diagnostics v_done = row_count;
  if v_done > 0 then
    insert into departure_counts as c (tenant_id, departure_id, kind, name, count)
    values (v_tenant, v_departure, 'table', p_table, v_done)
    on conflict (tenant_id, departure_id, kind, name) do update set count = c.count + excluded.count;
  end if;
  return v_done;
end $$;
select cf_definer_function('departure_erase_rows(text, bigint)'::regprocedure);

-- As before, in batches of every table.
create or replace function departure_erase_service_rows(p_service uuid, p_table text, p_most bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_of departure_services;
  v_rows text;
  v_done bigint;
begin
  select * into v_of from departure_services s
  where s.tenant_id = v_tenant and s.id = p_service and s.state = 'erasing' for update;
  if v_of.id is null then
    raise exception 'nothing of this service is to be erased';
  end if;
  if exists (select 1 from compliance_holds h where h.about_tenant = v_tenant and h.lifted_at is null) then
    raise exception 'a hold stands';
  end if;
  v_rows := departure_subject_rows(v_of.kind, p_table::regclass);
  if v_rows is null then return 0; end if;
  if v_of.kind = 'mail_domain' and p_table in ('mailbox_contents', 'mailbox_search') then return 0; end if;
  v_rows := format('delete from %I where tenant_id = $1 and ctid = any(array(%s))', p_table,
    departure_batch(p_table::regclass, v_rows, '$5'));
  if v_of.kind = 'mail_domain' and exists (select 1 from pg_attribute a where a.attrelid = p_table::regclass
      and a.attname = 'blob_id' and a.atttypid = 'uuid'::regtype and not a.attisdropped) then
    execute format('with gone as (%s returning blob_id), noted as (
        insert into departure_blobs (tenant_id, service_id, blob_id)
        select distinct $1, $6, g.blob_id from gone g where g.blob_id is not null on conflict do nothing)
      select count(*) from gone', v_rows)
      into v_done using v_tenant, v_of.subject_id, v_of.members, v_of.name, p_most, p_service;
  else
    execute v_rows using v_tenant, v_of.subject_id, v_of.members, v_of.name, p_most, p_service;
    get diagnostics v_done = row_count;
  end if;
  if v_done > 0 then
    update departure_services s set counts = jsonb_set(s.counts, array[p_table],
      to_jsonb(coalesce((s.counts ->> p_table)::bigint, 0) + v_done)) where s.tenant_id = v_tenant and s.id = p_service;
  end if;
  return v_done;
end $$;
select cf_definer_function('departure_erase_service_rows(uuid, text, bigint)'::regprocedure);

-- Cuts at most p_most links and their entries off a departed customer's log, the oldest first, and notes how far: what is left
-- is a whole chain at every moment. Returns how many went; fewer than p_most only when the log is gone to its end.
grant delete on audit_cuts to cf_auth;
create function audit_cut(p_most bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_seq bigint;
  v_done bigint;
begin
  if not exists (select 1 from tenancy_tenants t where t.tenant_id = v_tenant and t.state = 'departed') then
    raise exception 'only a departed tenant''s log is cut';
  end if;
  if exists (select 1 from compliance_holds h where h.about_tenant = v_tenant and h.lifted_at is null) then
    raise exception 'a hold stands';
  end if;
  perform 1 from audit_heads h where h.tenant_id = v_tenant for update;
  if not found or exists (select 1 from audit_pending p where p.tenant_id = v_tenant) then
    raise exception 'the log is not chained to its end';
  end if;
  select max(c.seq), count(*) into v_seq, v_done from (
    select seq from audit_chain where tenant_id = v_tenant order by seq limit p_most) c;
  if v_done > 0 then
    insert into audit_cuts (tenant_id, seq, hash)
      select c.tenant_id, c.seq, c.hash from audit_chain c where c.tenant_id = v_tenant and c.seq = v_seq
      on conflict do nothing;
    delete from audit_cuts c where c.tenant_id = v_tenant and c.seq < v_seq;
    with links as (
      delete from audit_chain c where c.tenant_id = v_tenant and c.seq <= v_seq returning c.entry_id)
    delete from audit_entries e using links l where e.tenant_id = v_tenant and e.id = l.entry_id;
  end if;
  if v_done < p_most then
    -- What somebody took out of the chain goes as well.
    delete from audit_entries e where e.tenant_id = v_tenant;
  end if;
  return v_done;
end $$;
select cf_definer_function('audit_cut(bigint)'::regprocedure);
