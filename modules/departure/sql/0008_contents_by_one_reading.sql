-- As before, but what mailboxes that stay deleted and may bring back is read once for all the files, whatever the planner
-- thinks of its number: it has no index by file.
create or replace function departure_erase_contents(p_service uuid, p_blobs uuid[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_of departure_services;
  v_search bigint;
  v_contents bigint;
begin
  select * into v_of from departure_services s
  where s.tenant_id = v_tenant and s.id = p_service and s.state = 'erasing' and s.kind = 'mail_domain' for update;
  if v_of.id is null then
    raise exception 'nothing of this service is to be erased';
  end if;
  if exists (select 1 from compliance_holds h where h.about_tenant = v_tenant and h.lifted_at is null) then
    raise exception 'a hold stands';
  end if;
  with free as materialized (
      select b.blob_id from departure_blobs b
        where b.tenant_id = v_tenant and b.service_id = p_service and b.blob_id = any(p_blobs)
      except
      select m.blob_id from mailbox_messages m
        where m.tenant_id = v_tenant and m.blob_id = any(p_blobs) and m.account_id <> all(v_of.members)
      except
      select e.blob_id from mailbox_expunged e
        where e.tenant_id = v_tenant and e.blob_id = any(p_blobs) and e.mailbox_id <> all(v_of.members)),
    searches as (delete from mailbox_search s using free f where s.tenant_id = v_tenant and s.blob_id = f.blob_id returning 1),
    contents as (delete from mailbox_contents c using free f where c.tenant_id = v_tenant and c.blob_id = f.blob_id returning 1)
  select (select count(*) from searches), (select count(*) from contents) into v_search, v_contents;
  update departure_services s set counts = s.counts
    || case when v_search = 0 then '{}'::jsonb
      else jsonb_build_object('mailbox_search', coalesce((s.counts ->> 'mailbox_search')::bigint, 0) + v_search) end
    || case when v_contents = 0 then '{}'::jsonb
      else jsonb_build_object('mailbox_contents', coalesce((s.counts ->> 'mailbox_contents')::bigint, 0) + v_contents) end
    where s.tenant_id = v_tenant and s.id = p_service and v_search + v_contents > 0;
end $$;
select cf_definer_function('departure_erase_contents(uuid, uuid[])'::regprocedure);
