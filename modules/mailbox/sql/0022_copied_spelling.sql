-- COPY from one account's mailbox to another account's, all or none. Both accounts are locked in the order of their ids.
-- The copies are messages of the target account: its quota, its spelling of keywords, its conversations. A conversation
-- that the target knows by one of its references goes on there; any other begins anew under the next of `in_threads`. As before,
-- but where whoever copies may not see the whole source (`in_without_spelling`) keywords are copied in lower case: how they are
-- spelled tells whether somebody used them elsewhere in the account. The function without the last
-- argument stays for an earlier version that serves on.
create function mailbox_copy_across(
  in_tenant uuid, in_from uuid, in_source uuid, in_to uuid, in_target uuid, in_uids int[], in_first int, in_last int,
  in_ids uuid[], in_threads uuid[], in_keywords_max int, in_saved timestamptz,
  in_without_spelling boolean)
returns table (copied_modseq bigint, source_uids int[], first_uid int, uidvalidity int, left_role text, entered_role text)
language plpgsql volatile set plan_cache_mode = force_generic_plan as $$
declare
  v_used bigint;
  v_quota bigint;
  v_known text[];
  v_spelled text[];
  v_count int;
  v_unseen int;
  v_bytes bigint;
  v_sources uuid[];
  v_targets uuid[];
  v_references bigint[];
  v_subjects bigint[];
  v_of uuid[];
begin
  perform 1 from mailbox_accounts a where a.tenant_id = in_tenant and a.id in (in_from, in_to) order by a.id for no key update;
  perform 1 from mailbox_accounts a where a.tenant_id = in_tenant and a.id = in_from and a.state <> 'deleted';
  if not found then raise exception using errcode = 'CF001', message = 'no such mail account'; end if;
  select a.modseq + 1, a.used_bytes, a.quota_bytes, a.keywords into copied_modseq, v_used, v_quota, v_known from mailbox_accounts a
    where a.tenant_id = in_tenant and a.id = in_to and a.state <> 'deleted';
  if not found then raise exception using errcode = 'CF001', message = 'no such mail account'; end if;
  select b.role into left_role from mailbox_mailboxes b
    where b.tenant_id = in_tenant and b.account_id = in_from and b.id = in_source and b.selectable;
  if not found then raise exception using errcode = 'CF003', message = 'no such mailbox'; end if;
  select b.uidnext, b.uidvalidity, b.role into first_uid, uidvalidity, entered_role from mailbox_mailboxes b
    where b.tenant_id = in_tenant and b.account_id = in_to and b.id = in_target and b.selectable;
  if not found then raise exception using errcode = 'CF003', message = 'no such mailbox'; end if;
  source_uids := mailbox_pick_uids(in_tenant, in_source, in_uids, in_first, in_last, false);
  v_count := cardinality(source_uids);
  if v_count = 0 then return next; return; end if;
  select sum(p.size_bytes), count(*) filter (where p.flags & 1 = 0), array_agg(distinct p.thread_id) into v_bytes, v_unseen, v_sources
    from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_source and p.uid = any(source_uids);
  if v_quota is not null and v_used + v_bytes > v_quota then
    raise exception using errcode = 'CF002', message = 'the mail account is full', detail = v_used || ' ' || v_quota || ' ' || v_bytes;
  end if;
  v_spelled := mailbox_spell(in_tenant, in_to, v_known, array(
    select distinct case when in_without_spelling then lower(k.word) else k.word end as word
    from mailbox_memberships p, unnest(p.keywords) as k (word)
    where p.tenant_id = in_tenant and p.mailbox_id = in_source and p.uid = any(source_uids) order by word), in_keywords_max);
  select coalesce(array_agg(r.reference), '{}'), coalesce(array_agg(r.subject), '{}'), coalesce(array_agg(r.thread_id), '{}')
    into v_references, v_subjects, v_of
    from mailbox_references r where r.tenant_id = in_tenant and r.account_id = in_from and r.thread_id = any(v_sources);
  v_targets := array(
    select coalesce(known.thread_id, in_threads[s.place::int]) from unnest(v_sources) with ordinality as s (thread_id, place)
    left join lateral (
      select t.thread_id from unnest(v_references, v_subjects, v_of) as r (reference, subject, thread_id)
      join mailbox_references t on t.tenant_id = in_tenant and t.account_id = in_to and t.reference = r.reference and t.subject = r.subject
      where r.thread_id = s.thread_id limit 1) known on true
    order by s.place);
  insert into mailbox_references (tenant_id, account_id, reference, subject, thread_id)
    select in_tenant, in_to, r.reference, r.subject, t.target
    from unnest(v_references, v_subjects, v_of) as r (reference, subject, thread_id)
    join unnest(v_sources, v_targets) as t (source, target) on t.source = r.thread_id
    on conflict do nothing;
  with source as (
    select p.*, t.target, row_number() over (order by p.uid) as place from mailbox_memberships p
    join unnest(v_sources, v_targets) as t (source, target) on t.source = p.thread_id
    where p.tenant_id = in_tenant and p.mailbox_id = in_source and p.uid = any(source_uids)),
  message as (
    insert into mailbox_messages (tenant_id, id, account_id, blob_id, thread_id, size_bytes, received_at, created_modseq)
    select in_tenant, in_ids[s.place::int], in_to, s.blob_id, s.target, s.size_bytes, s.received_at, copied_modseq from source s),
  taken as (
    update mailbox_mailboxes b set uidnext = b.uidnext + v_count, total = b.total + v_count, unseen = b.unseen + v_unseen,
      size_bytes = b.size_bytes + v_bytes, highest_modseq = copied_modseq where b.tenant_id = in_tenant and b.id = in_target),
  charged as (
    update mailbox_accounts a set modseq = copied_modseq, used_bytes = a.used_bytes + v_bytes, messages = a.messages + v_count
      where a.tenant_id = in_tenant and a.id = in_to)
  insert into mailbox_memberships (tenant_id, mailbox_id, uid, message_id, blob_id, flags, keywords, size_bytes, modseq, thread_id, received_at, saved_at)
    select in_tenant, in_target, first_uid + s.place::int - 1, in_ids[s.place::int], s.blob_id, s.flags,
      array(select w from unnest(v_spelled) as w where exists (select 1 from unnest(s.keywords) as k where lower(k) = lower(w)) order by w collate "C"),
      s.size_bytes, copied_modseq, s.target, s.received_at, in_saved
    from source s;
  return next;
end $$;
