-- Before its deletion begins a service has no members, and a mail domain's cannot begin without: a release that knows of none
-- would sign for mailboxes that it leaves.
alter table departure_services alter column members drop not null, alter column members drop default;
alter table departure_services no force row level security;
update departure_services set members = null where state = 'retrieval';
alter table departure_services force row level security;
alter table departure_services add constraint departure_services_members_check
  check (kind <> 'mail_domain' or state not in ('erasing', 'erased') or members is not null);

-- As before, but mail that waits for a mailbox of another domain, though addressed here, is that one's; accepted mail goes when
-- its sender was told; and domains that are aliases stay.
create or replace function departure_mail_domain_rows(p_table regclass) returns text
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
    when 'domains_domains' then return 'id = $2';
    when 'mailbox_accounts', 'identity_principals' then return 'id = any($3)';
    when 'reconciliation_drifts' then return '(object_id = $2 or object_id = any($3))';
    when 'webhooks_deliveries' then return '(object_id = $2::text or object_id = any($3::text[]))';
    -- Shared by all copies in the organisation: what another mailbox has, or deleted and may bring back, is that one's.
    when 'mailbox_contents', 'mailbox_search' then
      return format('(blob_id in (select b.blob_id from departure_blobs b where b.tenant_id = $1 and b.service_id = $6) '
        'and not exists (select 1 from mailbox_messages m where m.tenant_id = $1 and m.blob_id = %1$I.blob_id and m.account_id <> all($3)) '
        'and not exists (select 1 from mailbox_expunged e where e.tenant_id = $1 and e.blob_id = %1$I.blob_id and e.mailbox_id <> all($3)))',
        p_table::text);
    when 'mailflow_events' then return format('(' || v_inside || ' or ' || v_inside || ')', 'sender', 'recipient');
    when 'mailflow_deliveries' then
      return format('(state <> ''accepted'' and (mail_account_id = any($3) or ' || v_inside || '))', 'recipient');
    when 'mailflow_quarantine' then
      return format('(mail_account_id = any($3) or (state <> ''held'' and ' || v_inside || '))', 'recipient');
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

-- How many rows a table still holds of a service of the transaction's tenant, by the id of its departure: also accepted mail
-- whose sender is not told yet.
create or replace function departure_count_subject_rows(p_service uuid, p_table text) returns bigint
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
  if v_of.kind = 'mail_domain' and p_table = 'mailflow_deliveries' then
    v_rows := '(' || v_rows || ' or mail_account_id = any($3))';
  end if;
  execute format('select count(*) from %I where tenant_id = $1 and %s', p_table, v_rows) into v_count
    using v_tenant, v_of.subject_id, v_of.members, v_of.name, null::bigint, p_service;
  return v_count;
end $$;
select cf_definer_function('departure_count_subject_rows(uuid, text)'::regprocedure);
