-- A database that was never analysed knows nothing about these tables, and a guess of two hundred values in each column makes
-- the planner read a whole mailbox, or all of a tenant's, where one message is asked for by its UID or id: STORE of one message
-- took twice as long, and longer in a larger mailbox. So an empty table gets the statistics of one with mail in it, which hold
-- until it has its own: rows of forty tenants are written, looked at and taken away again.
do $$
declare
  v_tables constant text[] := array['mailbox_memberships', 'mailbox_messages', 'mailbox_contents', 'mailbox_search', 'mailbox_references', 'mailbox_changes'];
  v_table text;
begin
  foreach v_table in array v_tables loop
    execute format('alter table %I no force row level security', v_table);
  end loop;
  if not exists (select from mailbox_contents) and not exists (select from mailbox_messages) and not exists (select from mailbox_references)
    and not exists (select from mailbox_changes) then
    create temp table sample on commit drop as
      select n, md5('tenant' || n / 500)::uuid as tenant_id, md5('account' || n / 250)::uuid as account_id, md5('mailbox' || n / 50)::uuid as mailbox_id,
        n % 50 + 1 as uid, md5('message' || n)::uuid as message_id, md5('blob' || n)::uuid as blob_id, md5('thread' || n / 3)::uuid as thread_id,
        timestamptz '2026-01-01' + n * interval '1 minute' as at
      from generate_series(0, 19999) as n;
    insert into mailbox_memberships (tenant_id, mailbox_id, uid, flags, size_bytes, modseq, message_id, blob_id, thread_id, received_at, saved_at)
      select tenant_id, mailbox_id, uid, 0, 10000, n, message_id, blob_id, thread_id, at, at from sample;
    insert into mailbox_messages (tenant_id, id, account_id, blob_id, thread_id, size_bytes, received_at, created_modseq)
      select tenant_id, message_id, account_id, blob_id, thread_id, 10000, at, n from sample;
    insert into mailbox_references (tenant_id, account_id, reference, subject, thread_id)
      select tenant_id, account_id, n, n / 3, thread_id from sample;
    -- Few values are noted as common, so that any other counts as one of many, and not as one that there is not.
    set local default_statistics_target = 10;
    analyze mailbox_memberships, mailbox_messages, mailbox_references, mailbox_changes;
    truncate mailbox_memberships, mailbox_messages, mailbox_references, mailbox_changes;
  end if;
  foreach v_table in array v_tables loop
    execute format('alter table %I force row level security', v_table);
  end loop;
end $$;

-- STORE, as before; what changes is reached by ranges and single keys, whose plans need no statistics.
create or replace function mailbox_store_flags(
  in_tenant uuid, in_account uuid, in_mailbox uuid, in_uids int[], in_first int, in_last int, in_keep int, in_set int,
  in_mode text, in_keywords text[], in_keywords_max int, in_unchanged_since bigint)
returns table (modseq_before bigint, modseq_after bigint, packed bytea, labelled json, modified int[], elsewhere boolean)
language plpgsql volatile set plan_cache_mode = force_generic_plan as $$
declare
  v_modseq bigint;
  v_known text[];
  v_words text[] := '{}';
  v_mode text := in_mode;
  v_changed int[];
  v_messages uuid[];
  v_unseen int;
begin
  select a.modseq + 1, a.keywords into v_modseq, v_known from mailbox_accounts a
    where a.tenant_id = in_tenant and a.id = in_account and a.state <> 'deleted' for no key update;
  if not found then raise exception using errcode = 'CF001', message = 'no such mail account'; end if;
  select b.highest_modseq into modseq_before from mailbox_mailboxes b
    where b.tenant_id = in_tenant and b.account_id = in_account and b.id = in_mailbox and b.selectable;
  if not found then raise exception using errcode = 'CF003', message = 'no such mailbox'; end if;
  if cardinality(in_keywords) > 0 then
    if in_mode = 'remove' then
      -- A keyword nobody knows need not be learnt to be taken away.
      select coalesce(array_agg(k), '{}') into v_words from unnest(v_known) k
        where lower(k) in (select lower(w) from unnest(in_keywords) w);
    else
      v_words := mailbox_spell(in_tenant, in_account, v_known, in_keywords, in_keywords_max);
    end if;
  end if;
  if in_mode <> 'replace' and cardinality(v_words) = 0 then v_mode := 'keep'; end if;
  -- As they will be, where only bits change; where keywords do, those are read again below.
  if in_uids is null then
    select array_agg(p.uid) filter (where n.changes), coalesce(sum((p.flags & 1) - (n.flags & 1)) filter (where n.changes), 0),
        string_agg(int4send(p.uid) || int2send(n.flags) || int8send(case when n.changes then v_modseq else p.modseq end), ''::bytea order by p.uid)
          filter (where p.modseq <= in_unchanged_since),
        json_agg(json_build_object('u', p.uid, 'k', p.keywords) order by p.uid) filter (where p.keywords <> '{}' and p.modseq <= in_unchanged_since),
        array_agg(p.uid order by p.uid) filter (where p.modseq > in_unchanged_since)
      into v_changed, v_unseen, packed, labelled, modified
      from mailbox_memberships p
      cross join lateral (select ((p.flags & in_keep) | in_set)::smallint as flags,
        p.modseq <= in_unchanged_since and (p.flags <> ((p.flags & in_keep) | in_set)
          or case v_mode when 'keep' then false when 'add' then not p.keywords @> v_words when 'remove' then p.keywords && v_words
            else not (p.keywords @> v_words and p.keywords <@ v_words) end) as changes) n
      where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid between in_first and in_last;
  else
    select array_agg(p.uid) filter (where n.changes), coalesce(sum((p.flags & 1) - (n.flags & 1)) filter (where n.changes), 0),
        string_agg(int4send(p.uid) || int2send(n.flags) || int8send(case when n.changes then v_modseq else p.modseq end), ''::bytea order by p.uid)
          filter (where p.modseq <= in_unchanged_since),
        json_agg(json_build_object('u', p.uid, 'k', p.keywords) order by p.uid) filter (where p.keywords <> '{}' and p.modseq <= in_unchanged_since),
        array_agg(p.uid order by p.uid) filter (where p.modseq > in_unchanged_since)
      into v_changed, v_unseen, packed, labelled, modified
      from mailbox_memberships p
      cross join lateral (select ((p.flags & in_keep) | in_set)::smallint as flags,
        p.modseq <= in_unchanged_since and (p.flags <> ((p.flags & in_keep) | in_set)
          or case v_mode when 'keep' then false when 'add' then not p.keywords @> v_words when 'remove' then p.keywords && v_words
            else not (p.keywords @> v_words and p.keywords <@ v_words) end) as changes) n
      where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid = any(in_uids);
  end if;
  elsewhere := false;
  modseq_after := modseq_before;
  if v_changed is not null then
    modseq_after := v_modseq;
    update mailbox_accounts a set modseq = v_modseq where a.tenant_id = in_tenant and a.id = in_account;
    update mailbox_mailboxes b set unseen = b.unseen + v_unseen, highest_modseq = v_modseq where b.tenant_id = in_tenant and b.id = in_mailbox;
    -- By a range of the key where one was asked for: a list is compared one by one where the planner does not take it for a key.
    if in_uids is null and v_mode = 'keep' then
      with changed as (
        update mailbox_memberships p set flags = (p.flags & in_keep) | in_set, modseq = v_modseq
        where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid between in_first and in_last
          and p.modseq <= in_unchanged_since and p.flags <> ((p.flags & in_keep) | in_set)
        returning p.message_id)
      select array_agg(c.message_id) into v_messages from changed c;
    else
      with changed as (
        update mailbox_memberships p set flags = (p.flags & in_keep) | in_set, modseq = v_modseq,
          keywords = case v_mode when 'keep' then p.keywords when 'replace' then v_words
            when 'add' then array(select distinct k from unnest(p.keywords || v_words) k order by k)
            else array(select k from unnest(p.keywords) k where k <> all(v_words) order by k) end
        where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid = any(v_changed)
        returning p.message_id)
      select array_agg(c.message_id) into v_messages from changed c;
    end if;
    if cardinality(v_messages) = 1 then
      elsewhere := exists (select from mailbox_memberships p
        where p.tenant_id = in_tenant and p.message_id = v_messages[1] and p.mailbox_id <> in_mailbox);
    else
      elsewhere := exists (select from mailbox_memberships p
        where p.tenant_id = in_tenant and p.message_id = any(v_messages) and p.mailbox_id <> in_mailbox);
    end if;
  end if;
  if elsewhere then
    with target as (
      select p.mailbox_id, p.uid, p.flags from mailbox_memberships p
      where p.tenant_id = in_tenant and p.message_id = any(v_messages) and p.mailbox_id <> in_mailbox),
    changed as (
      update mailbox_memberships p set flags = (p.flags & in_keep) | in_set, modseq = v_modseq,
        keywords = case v_mode when 'keep' then p.keywords when 'replace' then v_words
          when 'add' then array(select distinct k from unnest(p.keywords || v_words) k order by k)
          else array(select k from unnest(p.keywords) k where k <> all(v_words) order by k) end
      where p.tenant_id = in_tenant and p.message_id = any(v_messages) and p.mailbox_id <> in_mailbox
      returning p.mailbox_id, (p.flags & 1) as seen),
    before as (select t.mailbox_id, sum(t.flags & 1) as seen from target t group by t.mailbox_id),
    after as (select c.mailbox_id, sum(c.seen) as seen from changed c group by c.mailbox_id)
    update mailbox_mailboxes b set unseen = b.unseen + o.seen - n.seen, highest_modseq = v_modseq
      from before o join after n on n.mailbox_id = o.mailbox_id where b.tenant_id = in_tenant and b.id = o.mailbox_id;
  end if;
  if v_changed is not null and v_mode <> 'keep' then
    if in_uids is null then
      select json_agg(json_build_object('u', p.uid, 'k', p.keywords) order by p.uid) into labelled from mailbox_memberships p
        where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid between in_first and in_last
          and p.keywords <> '{}' and (modified is null or p.uid <> all(modified));
    else
      select json_agg(json_build_object('u', p.uid, 'k', p.keywords) order by p.uid) into labelled from mailbox_memberships p
        where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid = any(in_uids)
          and p.keywords <> '{}' and (modified is null or p.uid <> all(modified));
    end if;
  end if;
  return next;
end $$;

-- EXPUNGE, as before.
create or replace function mailbox_expunge(
  in_tenant uuid, in_account uuid, in_mailbox uuid, in_uids int[], in_first int, in_last int, in_only_deleted boolean, in_now timestamptz,
  in_known bigint default null)
returns table (modseq_before bigint, modseq_after bigint, vanished int[], elsewhere boolean)
language plpgsql volatile set plan_cache_mode = force_generic_plan as $$
declare
  v_modseq bigint;
  v_messages uuid[];
  v_unseen int;
  v_bytes bigint;
  v_others uuid[];
  v_alive uuid[];
  v_dead int;
  v_dead_bytes bigint;
  v_blobs uuid[];
  v_used uuid[];
begin
  select a.modseq + 1 into v_modseq from mailbox_accounts a
    where a.tenant_id = in_tenant and a.id = in_account and a.state <> 'deleted' for no key update;
  if not found then raise exception using errcode = 'CF001', message = 'no such mail account'; end if;
  select b.highest_modseq into modseq_before from mailbox_mailboxes b
    where b.tenant_id = in_tenant and b.account_id = in_account and b.id = in_mailbox and b.selectable;
  if not found then raise exception using errcode = 'CF003', message = 'no such mailbox'; end if;
  if in_known is null or in_known = modseq_before then
    vanished := mailbox_pick_uids(in_tenant, in_mailbox, in_uids, in_first, in_last, in_only_deleted);
  else
    vanished := mailbox_pick_uids(in_tenant, in_mailbox, null, 1, 2147483647, in_only_deleted);
  end if;
  modseq_after := modseq_before;
  elsewhere := false;
  if cardinality(vanished) = 0 then return next; return; end if;
  modseq_after := v_modseq;
  with gone as (
    delete from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid = any(vanished)
    returning p.uid, p.message_id, p.flags, p.size_bytes, p.blob_id),
  tombstone as (
    insert into mailbox_expunged (tenant_id, mailbox_id, modseq, uid, message_id, blob_id, size_bytes)
    select in_tenant, in_mailbox, v_modseq, g.uid, g.message_id, g.blob_id, g.size_bytes from gone g)
  select array_agg(g.message_id), count(*) filter (where g.flags & 1 = 0), sum(g.size_bytes) into v_messages, v_unseen, v_bytes from gone g;
  update mailbox_mailboxes b set total = b.total - cardinality(vanished), unseen = b.unseen - v_unseen, size_bytes = b.size_bytes - v_bytes,
    highest_modseq = v_modseq where b.tenant_id = in_tenant and b.id = in_mailbox;
  with touched as (
    update mailbox_memberships p set modseq = v_modseq where p.tenant_id = in_tenant and p.message_id = any(v_messages)
    returning p.mailbox_id, p.message_id)
  select array_agg(distinct t.mailbox_id), array_agg(distinct t.message_id) into v_others, v_alive from touched t;
  if v_others is not null then
    elsewhere := true;
    update mailbox_mailboxes b set highest_modseq = v_modseq where b.tenant_id = in_tenant and b.id = any(v_others);
    v_messages := array(select m from unnest(v_messages) m except select l from unnest(v_alive) l);
  end if;
  with dead as (
    -- `is true` keeps the account out of the choice of an index: these are found by their ids.
    delete from mailbox_messages g where g.tenant_id = in_tenant and (g.account_id = in_account) is true and g.id = any(v_messages)
    returning g.id, g.blob_id, g.thread_id, g.size_bytes),
  tombstone as (
    insert into mailbox_destroyed (tenant_id, account_id, modseq, message_id, thread_id)
    select in_tenant, in_account, v_modseq, d.id, d.thread_id from dead d)
  select count(*), coalesce(sum(d.size_bytes), 0), array_agg(distinct d.blob_id) into v_dead, v_dead_bytes, v_blobs from dead d;
  if v_blobs is not null then
    select array_agg(distinct o.blob_id) into v_used from mailbox_messages o where o.tenant_id = in_tenant and o.blob_id = any(v_blobs);
    v_blobs := array(select d from unnest(v_blobs) d except select u from unnest(v_used) u);
    if cardinality(v_blobs) > 0 then
      update mailbox_contents c set unreferenced_at = in_now where c.tenant_id = in_tenant and c.blob_id = any(v_blobs);
    end if;
  end if;
  update mailbox_accounts a set modseq = v_modseq, used_bytes = a.used_bytes - v_dead_bytes, messages = a.messages - v_dead
    where a.tenant_id = in_tenant and a.id = in_account;
  return next;
end $$;
