-- The end of a mail domain takes its rows in batches and notes the stored files that they name in the same statement, so that
-- no statement is as long as the domain is large, and a row that is gone was noted. What is shared by all copies in the
-- organisation goes file by file afterwards.
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
  v_rows := format('delete from %I where tenant_id = $1 and ctid = any(array(select ctid from %I where tenant_id = $1 and %s limit $5))',
    p_table, p_table, v_rows);
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

-- What is known of some noted files, when no mailbox that stays has or may bring back a message of those bytes.
create function departure_erase_contents(p_service uuid, p_blobs uuid[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_of departure_services;
  v_table text;
  v_done bigint;
begin
  select * into v_of from departure_services s
  where s.tenant_id = v_tenant and s.id = p_service and s.state = 'erasing' and s.kind = 'mail_domain' for update;
  if v_of.id is null then
    raise exception 'nothing of this service is to be erased';
  end if;
  if exists (select 1 from compliance_holds h where h.about_tenant = v_tenant and h.lifted_at is null) then
    raise exception 'a hold stands';
  end if;
  foreach v_table in array array['mailbox_search', 'mailbox_contents'] loop
    execute format('delete from %I where tenant_id = $1 and blob_id = any($7) and %s', v_table,
      departure_mail_domain_rows(v_table::regclass))
      using v_tenant, v_of.subject_id, v_of.members, v_of.name, null::bigint, p_service, p_blobs;
    get diagnostics v_done = row_count;
    if v_done > 0 then
      update departure_services s set counts = jsonb_set(s.counts, array[v_table],
        to_jsonb(coalesce((s.counts ->> v_table)::bigint, 0) + v_done)) where s.tenant_id = v_tenant and s.id = p_service;
    end if;
  end loop;
end $$;
select cf_definer_function('departure_erase_contents(uuid, uuid[])'::regprocedure);
drop function departure_note_blobs(uuid);
