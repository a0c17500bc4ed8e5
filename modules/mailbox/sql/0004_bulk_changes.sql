-- Changes of many messages in one statement each. Rules that keep them linear whatever the planner knows (a fresh database
-- has no statistics, and a guess of one row makes a join of a mailbox with itself quadratic): a table is reached by keys in
-- an array, never by a join with what another part found, and plans are made once (`force_generic_plan`).
-- Every function locks the account first, as the whole module does; refusals are those of 0003_hot_paths.sql.

-- STORE, as before; now the rows are read once, and written by their UIDs.
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
    with changed as (
      update mailbox_memberships p set flags = (p.flags & in_keep) | in_set, modseq = v_modseq,
        keywords = case v_mode when 'keep' then p.keywords when 'replace' then v_words
          when 'add' then array(select distinct k from unnest(p.keywords || v_words) k order by k)
          else array(select k from unnest(p.keywords) k where k <> all(v_words) order by k) end
      where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid = any(v_changed)
      returning p.message_id),
    counted as (
      update mailbox_mailboxes b set unseen = b.unseen + v_unseen, highest_modseq = v_modseq
        where b.tenant_id = in_tenant and b.id = in_mailbox),
    stepped as (
      update mailbox_accounts a set modseq = v_modseq where a.tenant_id = in_tenant and a.id = in_account)
    select array_agg(c.message_id) into v_messages from changed c;
    elsewhere := exists (select from mailbox_memberships p
      where p.tenant_id = in_tenant and p.message_id = any(v_messages) and p.mailbox_id <> in_mailbox);
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

-- UIDs of a mailbox, ascending: those in the list, or from first to last; \Deleted ones only where asked.
create function mailbox_pick_uids(in_tenant uuid, in_mailbox uuid, in_uids int[], in_first int, in_last int, in_only_deleted boolean)
returns int[] language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  if in_only_deleted and in_uids is null then
    return array(select p.uid from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox
      and p.uid between in_first and in_last and p.flags & 8 <> 0 order by p.uid);
  elsif in_only_deleted then
    return array(select p.uid from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox
      and p.uid = any(in_uids) and p.flags & 8 <> 0 order by p.uid);
  elsif in_uids is null then
    return array(select p.uid from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox
      and p.uid between in_first and in_last order by p.uid);
  end if;
  return array(select p.uid from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox
    and p.uid = any(in_uids) order by p.uid);
end $$;

-- EXPUNGE in one trip. Messages that lie nowhere else are destroyed; contents that no message uses any more get the mark
-- the collector looks for. `elsewhere`: messages live on in other mailboxes, which changed too.
create function mailbox_expunge(
  in_tenant uuid, in_account uuid, in_mailbox uuid, in_uids int[], in_first int, in_last int, in_only_deleted boolean, in_now timestamptz)
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
  vanished := mailbox_pick_uids(in_tenant, in_mailbox, in_uids, in_first, in_last, in_only_deleted);
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
    delete from mailbox_messages g where g.tenant_id = in_tenant and g.account_id = in_account and g.id = any(v_messages)
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

-- COPY: each copy is a new message (its id is the next of `in_ids`, as many as could be needed) that shares the bytes and
-- counts against the quota. Copies take UIDs from `first_uid` on, in the order of their sources. Source and target may be
-- one. `source_uids` empty: nothing was there to copy, and nothing changed. `copied_modseq`: of the copies.
create function mailbox_copy(
  in_tenant uuid, in_account uuid, in_source uuid, in_target uuid, in_uids int[], in_first int, in_last int, in_ids uuid[], in_saved timestamptz)
returns table (copied_modseq bigint, modseq_before bigint, modseq_after bigint, source_uids int[], first_uid int, uidvalidity int, left_role text, entered_role text)
language plpgsql volatile set plan_cache_mode = force_generic_plan as $$
declare
  v_used bigint;
  v_quota bigint;
  v_count int;
  v_unseen int;
  v_bytes bigint;
begin
  select a.modseq + 1, a.used_bytes, a.quota_bytes into copied_modseq, v_used, v_quota from mailbox_accounts a
    where a.tenant_id = in_tenant and a.id = in_account and a.state <> 'deleted' for no key update;
  if not found then raise exception using errcode = 'CF001', message = 'no such mail account'; end if;
  select b.highest_modseq, b.role into modseq_before, left_role from mailbox_mailboxes b
    where b.tenant_id = in_tenant and b.account_id = in_account and b.id = in_source and b.selectable;
  if not found then raise exception using errcode = 'CF003', message = 'no such mailbox'; end if;
  select b.uidnext, b.uidvalidity, b.role into first_uid, uidvalidity, entered_role from mailbox_mailboxes b
    where b.tenant_id = in_tenant and b.account_id = in_account and b.id = in_target and b.selectable;
  if not found then raise exception using errcode = 'CF003', message = 'no such mailbox'; end if;
  source_uids := mailbox_pick_uids(in_tenant, in_source, in_uids, in_first, in_last, false);
  v_count := cardinality(source_uids);
  modseq_after := modseq_before;
  if v_count = 0 then return next; return; end if;
  select sum(p.size_bytes), count(*) filter (where p.flags & 1 = 0) into v_bytes, v_unseen from mailbox_memberships p
    where p.tenant_id = in_tenant and p.mailbox_id = in_source and p.uid = any(source_uids);
  if v_quota is not null and v_used + v_bytes > v_quota then
    raise exception using errcode = 'CF002', message = 'the mail account is full', detail = v_used || ' ' || v_quota || ' ' || v_bytes;
  end if;
  if in_source = in_target then modseq_after := copied_modseq; end if;
  with source as (
    select p.*, row_number() over (order by p.uid) as place from mailbox_memberships p
    where p.tenant_id = in_tenant and p.mailbox_id = in_source and p.uid = any(source_uids)),
  message as (
    insert into mailbox_messages (tenant_id, id, account_id, blob_id, thread_id, size_bytes, received_at, created_modseq)
    select in_tenant, in_ids[s.place::int], in_account, s.blob_id, s.thread_id, s.size_bytes, s.received_at, copied_modseq from source s),
  taken as (
    update mailbox_mailboxes b set uidnext = b.uidnext + v_count, total = b.total + v_count, unseen = b.unseen + v_unseen,
      size_bytes = b.size_bytes + v_bytes, highest_modseq = copied_modseq where b.tenant_id = in_tenant and b.id = in_target),
  charged as (
    update mailbox_accounts a set modseq = copied_modseq, used_bytes = a.used_bytes + v_bytes, messages = a.messages + v_count
      where a.tenant_id = in_tenant and a.id = in_account)
  insert into mailbox_memberships (tenant_id, mailbox_id, uid, message_id, blob_id, flags, keywords, size_bytes, modseq, thread_id, received_at, saved_at)
    select in_tenant, in_target, first_uid + s.place::int - 1, in_ids[s.place::int], s.blob_id, s.flags, s.keywords, s.size_bytes, copied_modseq, s.thread_id, s.received_at, in_saved
    from source s;
  return next;
end $$;

-- MOVE: messages keep their ids, get UIDs from `first_uid` on and leave tombstones. One that lies in the target already
-- leaves that place for the new one. `elsewhere`: moved messages lie in further mailboxes, which changed too.
create function mailbox_move(
  in_tenant uuid, in_account uuid, in_source uuid, in_target uuid, in_uids int[], in_first int, in_last int, in_saved timestamptz)
returns table (modseq_before bigint, modseq_after bigint, source_uids int[], first_uid int, uidvalidity int, left_role text, entered_role text,
  message_ids uuid[], elsewhere boolean)
language plpgsql volatile set plan_cache_mode = force_generic_plan as $$
declare
  v_modseq bigint;
  v_count int;
  v_unseen int;
  v_bytes bigint;
  v_others uuid[];
begin
  select a.modseq + 1 into v_modseq from mailbox_accounts a
    where a.tenant_id = in_tenant and a.id = in_account and a.state <> 'deleted' for no key update;
  if not found then raise exception using errcode = 'CF001', message = 'no such mail account'; end if;
  select b.highest_modseq, b.role into modseq_before, left_role from mailbox_mailboxes b
    where b.tenant_id = in_tenant and b.account_id = in_account and b.id = in_source and b.selectable;
  if not found then raise exception using errcode = 'CF003', message = 'no such mailbox'; end if;
  select b.uidnext, b.uidvalidity, b.role into first_uid, uidvalidity, entered_role from mailbox_mailboxes b
    where b.tenant_id = in_tenant and b.account_id = in_account and b.id = in_target and b.selectable;
  if not found then raise exception using errcode = 'CF003', message = 'no such mailbox'; end if;
  source_uids := mailbox_pick_uids(in_tenant, in_source, in_uids, in_first, in_last, false);
  v_count := cardinality(source_uids);
  modseq_after := modseq_before;
  message_ids := '{}';
  elsewhere := false;
  if v_count = 0 then return next; return; end if;
  modseq_after := v_modseq;
  select array_agg(p.message_id order by p.uid), sum(p.size_bytes), count(*) filter (where p.flags & 1 = 0) into message_ids, v_bytes, v_unseen
    from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_source and p.uid = any(source_uids);
  if in_source <> in_target then
    -- The source membership keeps these messages alive, so only places and counters go.
    with gone as (
      delete from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_target and p.message_id = any(message_ids)
      returning p.uid, p.message_id, p.flags, p.size_bytes, p.blob_id),
    tombstone as (
      insert into mailbox_expunged (tenant_id, mailbox_id, modseq, uid, message_id, blob_id, size_bytes)
      select in_tenant, in_target, v_modseq, g.uid, g.message_id, g.blob_id, g.size_bytes from gone g),
    lost as (select count(*)::int as total, (count(*) filter (where g.flags & 1 = 0))::int as unseen, sum(g.size_bytes) as bytes from gone g)
    update mailbox_mailboxes b set total = b.total - l.total, unseen = b.unseen - l.unseen, size_bytes = b.size_bytes - l.bytes
      from lost l where l.total > 0 and b.tenant_id = in_tenant and b.id = in_target;
  end if;
  with gone as (
    delete from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_source and p.uid = any(source_uids) returning p.*),
  tombstone as (
    insert into mailbox_expunged (tenant_id, mailbox_id, modseq, uid, message_id, blob_id, size_bytes)
    select in_tenant, in_source, v_modseq, g.uid, g.message_id, g.blob_id, g.size_bytes from gone g),
  stepped as (
    update mailbox_accounts a set modseq = v_modseq where a.tenant_id = in_tenant and a.id = in_account)
  insert into mailbox_memberships (tenant_id, mailbox_id, uid, message_id, blob_id, flags, keywords, size_bytes, modseq, thread_id, received_at, saved_at)
    -- Numbering reads all that goes before the first is placed: a message may not lie twice in one mailbox.
    select in_tenant, in_target, first_uid + (row_number() over (order by g.uid))::int - 1, g.message_id, g.blob_id, g.flags, g.keywords,
      g.size_bytes, v_modseq, g.thread_id, g.received_at, in_saved from gone g;
  update mailbox_mailboxes b set uidnext = b.uidnext + v_count, total = b.total + v_count, unseen = b.unseen + v_unseen,
    size_bytes = b.size_bytes + v_bytes, highest_modseq = v_modseq where b.tenant_id = in_tenant and b.id = in_target;
  update mailbox_mailboxes b set total = b.total - v_count, unseen = b.unseen - v_unseen, size_bytes = b.size_bytes - v_bytes,
    highest_modseq = v_modseq where b.tenant_id = in_tenant and b.id = in_source;
  with touched as (
    update mailbox_memberships p set modseq = v_modseq
      where p.tenant_id = in_tenant and p.message_id = any(message_ids) and p.mailbox_id <> in_target returning p.mailbox_id)
  select array_agg(distinct t.mailbox_id) into v_others from touched t;
  if v_others is not null then
    elsewhere := true;
    update mailbox_mailboxes b set highest_modseq = v_modseq where b.tenant_id = in_tenant and b.id = any(v_others);
  end if;
  return next;
end $$;

-- An arrival is many small statements: planning them anew each time costs as much as running them.
alter function mailbox_append set plan_cache_mode = force_generic_plan;
alter function mailbox_spell set plan_cache_mode = force_generic_plan;
