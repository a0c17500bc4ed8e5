-- What may end alone is a space or a mail domain with its mailboxes. The members are the ids of what belongs to it, noted
-- when its deletion begins: rows that name one without a key are found by them after the named row is gone.
alter table departure_services drop constraint departure_services_kind_check;
alter table departure_services add constraint departure_services_kind_check check (kind in ('space', 'mail_domain'));
alter table departure_services add column members uuid[] not null default '{}';

-- Stored files that rows of a service name which are going: deleted afterwards, unless other rows still need them.
create table departure_blobs (
  tenant_id uuid not null,
  service_id uuid not null,
  blob_id uuid not null,
  primary key (tenant_id, service_id, blob_id),
  foreign key (tenant_id, service_id) references departure_services (tenant_id, id)
);
select cf_tenant_table('departure_blobs', 'none');
select cf_definer_access('departure_blobs', 'select, insert');

-- The mail of one domain alone.
alter table departure_exports add column mail_domain text check (length(mail_domain) <= 253);
alter table departure_exports add constraint departure_exports_domain_check check (mail_domain is null or part = 'mail');

-- Which rows of a table are a mail domain's, as a condition on $1, the tenant, $2, the domain, $3, the members (accounts and
-- mailboxes), $4, its name, and $6, the service; null: none. By columns that hold such ids, and by the foreign keys of the
-- live catalogue.
create function departure_mail_domain_rows(p_table regclass) returns text
language plpgsql stable set search_path = public, pg_temp as $$
declare
  v_parts text[] := '{}';
  v_of text;
  r record;
  v_inside constant text := 'right(lower(%s), length($4) + 1) = ''@'' || $4';
begin
  if exists (select 1 from departure_retention k where k.table_name = p_table::text) or p_table::text like 'departure\_%'
    or not exists (select 1 from pg_attribute a where a.attrelid = p_table and a.attname = 'tenant_id' and not a.attisdropped) then
    return null;
  end if;
  case p_table::text
    when 'domains_domains' then return '(id = $2 or alias_of = $2)';
    when 'mailbox_accounts', 'identity_principals' then return 'id = any($3)';
    when 'reconciliation_drifts' then return '(object_id = $2 or object_id = any($3))';
    when 'webhooks_deliveries' then return '(object_id = $2::text or object_id = any($3::text[]))';
    -- Shared by all copies in the organisation: what another mailbox has, or deleted and may bring back, is that one's.
    when 'mailbox_contents', 'mailbox_search' then
      return format('(blob_id in (select b.blob_id from departure_blobs b where b.tenant_id = $1 and b.service_id = $6) '
        'and not exists (select 1 from mailbox_messages m where m.tenant_id = $1 and m.blob_id = %1$I.blob_id and m.account_id <> all($3)) '
        'and blob_id not in (select e.blob_id from mailbox_expunged e where e.tenant_id = $1 and e.mailbox_id <> all($3)))', p_table::text);
    when 'mailflow_events' then return format('(' || v_inside || ' or ' || v_inside || ')', 'sender', 'recipient');
    when 'mailflow_outgoing' then return format('(mail_account_id = any($3) or ' || v_inside || ')', 'sender');
    -- What waits for a domain of that name is on its way out of the organisation.
    when 'mailflow_queue' then
      return format('((state <> ''waiting'' and ' || v_inside || ') or (tenant_id, outgoing_id) in (select o.tenant_id, o.id '
        'from mailflow_outgoing o where o.tenant_id = $1 and (o.mail_account_id = any($3) or ' || v_inside || ')))', 'recipient', 'o.sender');
    else null;
  end case;
  for r in
    select a.attname::text as name, a.atttypid::regtype::text as type from pg_attribute a
    where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped
  loop
    if r.type = 'uuid' and r.name in ('account_id', 'mail_account_id', 'member_id', 'principal_id', 'mailbox_id') then
      v_parts := v_parts || format('%I = any($3)', r.name);
    elsif r.type = 'uuid' and r.name = 'domain_id' then
      v_parts := v_parts || 'domain_id = $2'::text;
    elsif r.type = 'text' and r.name = 'domain' then
      v_parts := v_parts || 'domain = $4'::text;
    elsif r.type = 'text' and r.name = 'recipient' then
      v_parts := v_parts || format(v_inside, 'recipient');
    end if;
  end loop;
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
      v_of := departure_mail_domain_rows(r.target);
      if v_of is not null then
        v_parts := v_parts || format('(%s) in (select %s from %s where tenant_id = $1 and %s)', r.own, r.theirs, r.target, v_of);
      end if;
    end loop;
  end if;
  if cardinality(v_parts) = 0 then return null; end if;
  return '(' || array_to_string(v_parts, ' or ') || ')';
end $$;
grant execute on function departure_mail_domain_rows(regclass) to cf_app, cf_auth;

-- The rows of a service of either kind, as a condition on the same parameters.
create function departure_subject_rows(p_kind text, p_table regclass) returns text
language sql stable set search_path = public, pg_temp as $$
  select case p_kind when 'space' then departure_space_rows(p_table) when 'mail_domain' then departure_mail_domain_rows(p_table) end
$$;
grant execute on function departure_subject_rows(text, regclass) to cf_app, cf_auth;

-- As before, for either kind.
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
  execute format('delete from %I where tenant_id = $1 and ctid = any(array(select ctid from %I where tenant_id = $1 and %s limit $5))',
    p_table, p_table, v_rows) using v_tenant, v_of.subject_id, v_of.members, v_of.name, p_most, p_service;
  get diagnostics v_done = row_count;
  if v_done > 0 then
    update departure_services s set counts = jsonb_set(s.counts, array[p_table],
      to_jsonb(coalesce((s.counts ->> p_table)::bigint, 0) + v_done)) where s.tenant_id = v_tenant and s.id = p_service;
  end if;
  return v_done;
end $$;
select cf_definer_function('departure_erase_service_rows(uuid, text, bigint)'::regprocedure);

-- How many rows a table still holds of a service of the transaction's tenant, by the id of its departure.
create function departure_count_subject_rows(p_service uuid, p_table text) returns bigint
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_of departure_services;
  v_rows text;
  v_count bigint;
begin
  select * into v_of from departure_services s where s.tenant_id = v_tenant and s.id = p_service;
  v_rows := departure_subject_rows(v_of.kind, p_table::regclass);
  if v_rows is null then return 0; end if;
  execute format('select count(*) from %I where tenant_id = $1 and %s', p_table, v_rows) into v_count
    using v_tenant, v_of.subject_id, v_of.members, v_of.name, null::bigint, p_service;
  return v_count;
end $$;
select cf_definer_function('departure_count_subject_rows(uuid, text)'::regprocedure);

-- Notes the stored files that rows of a mail domain name, before those rows go. Noted again, nothing changes.
create function departure_note_blobs(p_service uuid) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_of departure_services;
  v_table regclass;
  v_rows text;
begin
  select * into v_of from departure_services s
  where s.tenant_id = v_tenant and s.id = p_service and s.state = 'erasing' and s.kind = 'mail_domain';
  if v_of.id is null then
    raise exception 'nothing of this service is to be erased';
  end if;
  for v_table in
    select c.oid::regclass from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'blob_id' and a.atttypid = 'uuid'::regtype and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and c.relname not in ('mailbox_contents', 'mailbox_search')
  loop
    v_rows := departure_mail_domain_rows(v_table);
    continue when v_rows is null;
    execute format('insert into departure_blobs (tenant_id, service_id, blob_id) select distinct $1, $6, blob_id from %s '
      'where tenant_id = $1 and blob_id is not null and %s on conflict do nothing', v_table, v_rows)
      using v_tenant, v_of.subject_id, v_of.members, v_of.name, null::bigint, p_service;
  end loop;
end $$;
select cf_definer_function('departure_note_blobs(uuid)'::regprocedure);

alter table departure_services drop constraint departure_services_name_check;
alter table departure_services add constraint departure_services_name_check check (length(name) between 1 and 253);
