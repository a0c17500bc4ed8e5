-- Keywords as the account spells them, sorted: compared without case, the spelling seen first stays. Keywords are ASCII.
-- The account is locked; it learns those it did not know. CF004 too many.
create function mailbox_spell(in_tenant uuid, in_account uuid, in_known text[], in_words text[], in_max int)
returns text[] language plpgsql volatile as $$
declare
  v_spelled text[];
  v_fresh text[];
begin
  select coalesce(array_agg(coalesce(k.known, k.word) order by coalesce(k.known, k.word) collate "C"), '{}'),
      coalesce(array_agg(k.word) filter (where k.known is null), '{}') into v_spelled, v_fresh
    from (select (array_agg(w.word order by w.place))[1] as word,
        (select o.known from unnest(in_known) as o (known) where lower(o.known) = lower(min(w.word)) limit 1) as known
      from unnest(in_words) with ordinality as w (word, place) group by lower(w.word)) k;
  if cardinality(v_fresh) > 0 then
    if cardinality(in_known) + cardinality(v_fresh) > in_max then
      raise exception using errcode = 'CF004', message = 'the account uses too many different keywords';
    end if;
    update mailbox_accounts a set keywords = a.keywords || v_fresh where a.tenant_id = in_tenant and a.id = in_account;
  end if;
  return v_spelled;
end $$;

-- One message into its mailboxes, in one trip: locks the account by charging it, takes UIDs, finds or begins the thread and
-- writes the rows. Each statement of a function has a snapshot of its own, so that what follows the lock sees what was
-- committed before it. Refusals are errors, so that a transaction of several messages is undone whole:
-- CF001 no such account, CF002 no room (the detail is `used quota`), CF003 no such mailbox, CF004 too many keywords.
-- Row security holds inside: the function runs as its caller.
create function mailbox_append(
  in_tenant uuid, in_account uuid, in_mailboxes uuid[], in_message uuid, in_thread uuid, in_blob uuid, in_size bigint,
  in_sha256 bytea, in_received timestamptz, in_saved timestamptz, in_flags int, in_keywords text[], in_keywords_max int,
  in_references bigint[], in_subject_key bigint, in_sent timestamptz, in_sent_day int, in_subject text, in_sender text,
  in_preview text, in_has_attachment boolean, in_base_subject text, in_sort_from text, in_sort_to text, in_sort_cc text,
  in_sort_display_from text, in_sort_display_to text, in_links text[], in_index text, in_parser int, in_envelope text,
  in_structure text, in_header bytea, in_search text[])
returns table (modseq bigint, thread_id uuid, keywords text[], mailbox_id uuid, uid int, uidvalidity int)
language plpgsql volatile as $$
declare
  v_modseq bigint;
  v_known text[];
  v_spelled text[] := '{}';
  v_thread uuid;
  v_taken int;
  v_used bigint;
  v_quota bigint;
begin
  update mailbox_accounts a set modseq = a.modseq + 1, used_bytes = a.used_bytes + in_size, messages = a.messages + 1
    where a.tenant_id = in_tenant and a.id = in_account and a.state <> 'deleted'
      and (a.quota_bytes is null or a.used_bytes + in_size <= a.quota_bytes)
    returning a.modseq, a.keywords into v_modseq, v_known;
  if not found then
    select a.used_bytes, a.quota_bytes into v_used, v_quota from mailbox_accounts a
      where a.tenant_id = in_tenant and a.id = in_account and a.state <> 'deleted';
    if not found then raise exception using errcode = 'CF001', message = 'no such mail account'; end if;
    raise exception using errcode = 'CF002', message = 'the mail account is full', detail = v_used || ' ' || coalesce(v_quota, 0);
  end if;
  if cardinality(in_keywords) > 0 then
    v_spelled := mailbox_spell(in_tenant, in_account, v_known, in_keywords, in_keywords_max);
  end if;
  select r.thread_id into v_thread
    from unnest(in_references) with ordinality as k (reference, place)
    join mailbox_references r on r.tenant_id = in_tenant and r.account_id = in_account and r.reference = k.reference and r.subject = in_subject_key
    order by k.place limit 1;
  v_thread := coalesce(v_thread, in_thread);
  insert into mailbox_contents (tenant_id, blob_id, size_bytes, sha256, sent_at, sent_day, subject, sender, preview,
      has_attachment, base_subject, sort_from, sort_to, sort_cc, sort_display_from, sort_display_to, links, index, parser,
      envelope_wire, structure_wire, header)
    values (in_tenant, in_blob, in_size, in_sha256, in_sent, in_sent_day, in_subject, in_sender, in_preview,
      in_has_attachment, in_base_subject, in_sort_from, in_sort_to, in_sort_cc, in_sort_display_from, in_sort_display_to,
      in_links, in_index::json, in_parser, in_envelope, in_structure, in_header)
    on conflict (tenant_id, blob_id) do update set unreferenced_at = null;
  insert into mailbox_search (tenant_id, blob_id, subject, sender, recipients, cc, bcc, headers, body)
    values (in_tenant, in_blob, in_search[1], in_search[2], in_search[3], in_search[4], in_search[5], in_search[6], in_search[7])
    on conflict do nothing;
  insert into mailbox_references (tenant_id, account_id, reference, subject, thread_id)
    select in_tenant, in_account, k.reference, in_subject_key, v_thread from unnest(in_references) as k (reference)
    on conflict do nothing;
  insert into mailbox_messages (tenant_id, id, account_id, blob_id, thread_id, size_bytes, received_at, created_modseq)
    values (in_tenant, in_message, in_account, in_blob, v_thread, in_size, in_received, v_modseq);
  return query
    with taken as (
      update mailbox_mailboxes b set uidnext = b.uidnext + 1, total = b.total + 1, unseen = b.unseen + 1 - (in_flags & 1),
        size_bytes = b.size_bytes + in_size, highest_modseq = v_modseq
      where b.tenant_id = in_tenant and b.account_id = in_account and b.id = any(in_mailboxes) and b.selectable
      returning b.id, b.uidnext - 1 as uid, b.uidvalidity),
    placed as (
      insert into mailbox_memberships (tenant_id, mailbox_id, uid, message_id, blob_id, flags, keywords, size_bytes, modseq, thread_id, received_at, saved_at)
      select in_tenant, t.id, t.uid, in_message, in_blob, in_flags, v_spelled, in_size, v_modseq, v_thread, in_received, in_saved from taken t)
    select v_modseq, v_thread, v_spelled, t.id, t.uid, t.uidvalidity from taken t;
  get diagnostics v_taken = row_count;
  if v_taken <> cardinality(in_mailboxes) then
    raise exception using errcode = 'CF003', message = 'no such mailbox';
  end if;
end $$;

-- STORE in one trip: flags = (flags & keep) | set, keywords by mode (keep, add, remove, replace), for the UIDs in the list,
-- or from first to last. Messages that are so already keep their modseq; those above in_unchanged_since are refused. Flags
-- belong to the message, so its places in other mailboxes change with it. Gives back every message addressed and not
-- refused as it is then, packed like a view.
create function mailbox_store_flags(
  in_tenant uuid, in_account uuid, in_mailbox uuid, in_uids int[], in_first int, in_last int, in_keep int, in_set int,
  in_mode text, in_keywords text[], in_keywords_max int, in_unchanged_since bigint)
returns table (modseq_before bigint, modseq_after bigint, packed bytea, labelled json, modified int[], elsewhere boolean)
language plpgsql volatile as $$
declare
  v_modseq bigint;
  v_known text[];
  v_words text[] := '{}';
  v_mode text := in_mode;
  v_before bigint;
  v_messages uuid[];
  v_unseen int := 0;
  v_elsewhere boolean := false;
begin
  select a.modseq + 1, a.keywords into v_modseq, v_known from mailbox_accounts a
    where a.tenant_id = in_tenant and a.id = in_account and a.state <> 'deleted' for no key update;
  if not found then raise exception using errcode = 'CF001', message = 'no such mail account'; end if;
  select b.highest_modseq into v_before from mailbox_mailboxes b
    where b.tenant_id = in_tenant and b.account_id = in_account and b.id = in_mailbox and b.selectable;
  if not found then raise exception using errcode = 'CF003', message = 'no such mailbox'; end if;
  if in_mode = 'remove' then
    -- A keyword nobody knows need not be learnt to be taken away.
    select coalesce(array_agg(k), '{}') into v_words from unnest(v_known) k
      where lower(k) in (select lower(w) from unnest(in_keywords) w);
  elsif cardinality(in_keywords) > 0 then
    v_words := mailbox_spell(in_tenant, in_account, v_known, in_keywords, in_keywords_max);
  end if;
  if in_mode <> 'replace' and cardinality(v_words) = 0 then v_mode := 'keep'; end if;
  if in_unchanged_since < 9223372036854775807 then
    modified := array(select p.uid from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox
      and p.uid between in_first and in_last and (in_uids is null or p.uid = any(in_uids)) and p.modseq > in_unchanged_since order by p.uid);
  end if;
  with target as (
    select p.uid, p.flags from mailbox_memberships p
    where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid between in_first and in_last
      and (in_uids is null or p.uid = any(in_uids)) and p.modseq <= in_unchanged_since
      and (p.flags <> ((p.flags & in_keep) | in_set)
        or case v_mode when 'keep' then false when 'add' then not p.keywords @> v_words when 'remove' then p.keywords && v_words
          else not (p.keywords @> v_words and p.keywords <@ v_words) end)),
  changed as (
    update mailbox_memberships p set flags = (p.flags & in_keep) | in_set, modseq = v_modseq,
      keywords = case v_mode when 'keep' then p.keywords when 'replace' then v_words
        when 'add' then array(select distinct k from unnest(p.keywords || v_words) k order by k)
        else array(select k from unnest(p.keywords) k where k <> all(v_words) order by k) end
    from target t where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid = t.uid
    returning p.message_id, (t.flags & 1) - (p.flags & 1) as unseen)
  select array_agg(c.message_id), coalesce(sum(c.unseen), 0) into v_messages, v_unseen from changed c;
  if v_messages is not null then
    update mailbox_mailboxes b set unseen = b.unseen + v_unseen, highest_modseq = v_modseq
      where b.tenant_id = in_tenant and b.id = in_mailbox;
    update mailbox_accounts a set modseq = v_modseq where a.tenant_id = in_tenant and a.id = in_account;
    with target as (
      select p.mailbox_id, p.uid, p.flags from mailbox_memberships p
      where p.tenant_id = in_tenant and p.message_id = any(v_messages) and p.mailbox_id <> in_mailbox),
    changed as (
      update mailbox_memberships p set flags = (p.flags & in_keep) | in_set, modseq = v_modseq,
        keywords = case v_mode when 'keep' then p.keywords when 'replace' then v_words
          when 'add' then array(select distinct k from unnest(p.keywords || v_words) k order by k)
          else array(select k from unnest(p.keywords) k where k <> all(v_words) order by k) end
      from target t where p.tenant_id = in_tenant and p.mailbox_id = t.mailbox_id and p.uid = t.uid
      returning p.mailbox_id, (t.flags & 1) - (p.flags & 1) as unseen),
    counted as (select c.mailbox_id, sum(c.unseen) as unseen from changed c group by c.mailbox_id)
    update mailbox_mailboxes b set unseen = b.unseen + c.unseen, highest_modseq = v_modseq
      from counted c where b.tenant_id = in_tenant and b.id = c.mailbox_id;
    v_elsewhere := found;
  end if;
  modseq_before := v_before;
  modseq_after := case when v_messages is null then v_before else v_modseq end;
  elsewhere := v_elsewhere;
  select string_agg(int4send(p.uid) || int2send(p.flags) || int8send(p.modseq), ''::bytea order by p.uid),
      json_agg(json_build_object('u', p.uid, 'k', p.keywords) order by p.uid) filter (where p.keywords <> '{}')
    into packed, labelled from mailbox_memberships p
    where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid between in_first and in_last
      and (in_uids is null or p.uid = any(in_uids)) and (modified is null or p.uid <> all(modified));
  return next;
end $$;
