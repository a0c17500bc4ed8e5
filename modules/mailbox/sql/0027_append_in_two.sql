-- APPEND, in two statements instead of seven, since each begins and ends at a cost of its own, and with the texts for SEARCH one
-- by one, since every character of an array's texts is looked at when it is put together and again when it is taken apart.
-- What it promises is told in 0003.
create function mailbox_append_message(
  in_tenant uuid, in_account uuid, in_mailboxes uuid[], in_message uuid, in_thread uuid, in_blob uuid, in_size bigint,
  in_sha256 bytea, in_received timestamptz, in_saved timestamptz, in_flags int, in_keywords text[], in_keywords_max int,
  in_references bigint[], in_subject_key bigint, in_sent timestamptz, in_sent_day int, in_subject text, in_sender text,
  in_preview text, in_has_attachment boolean, in_base_subject text, in_sort_from text, in_sort_to text, in_sort_cc text,
  in_sort_display_from text, in_sort_display_to text, in_links text[], in_index text, in_parser int, in_envelope text,
  in_structure text, in_header bytea, in_find_subject text, in_find_sender text, in_find_recipients text, in_find_cc text,
  in_find_bcc text, in_find_headers text, in_find_body text)
returns table (modseq bigint, thread_id uuid, keywords text[], mailbox_id uuid, uid int, uidvalidity int)
language plpgsql volatile set plan_cache_mode = force_generic_plan as $$
declare
  v_modseq bigint;
  v_known text[];
  v_spelled text[] := '{}';
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
  return query
    with thread as materialized (
      select coalesce((select r.thread_id from unnest(in_references) with ordinality as k (reference, place)
        cross join lateral (select f.thread_id from mailbox_references f
          where f.tenant_id = in_tenant and f.account_id = in_account and f.reference = k.reference and f.subject = in_subject_key offset 0) r
        order by k.place limit 1), in_thread) as id),
    content as (
      insert into mailbox_contents (tenant_id, blob_id, size_bytes, sha256, sent_at, sent_day, subject, sender, preview,
        has_attachment, base_subject, sort_from, sort_to, sort_cc, sort_display_from, sort_display_to, links, index, parser,
        envelope_wire, structure_wire, header)
      values (in_tenant, in_blob, in_size, in_sha256, in_sent, in_sent_day, in_subject, in_sender, in_preview,
        in_has_attachment, in_base_subject, in_sort_from, in_sort_to, in_sort_cc, in_sort_display_from, in_sort_display_to,
        in_links, in_index::json, in_parser, in_envelope, in_structure, in_header)
      on conflict (tenant_id, blob_id) do update set unreferenced_at = null),
    texts as (
      insert into mailbox_search (tenant_id, blob_id, subject, sender, recipients, cc, bcc, headers, body)
      values (in_tenant, in_blob, in_find_subject, in_find_sender, in_find_recipients, in_find_cc, in_find_bcc, in_find_headers, in_find_body)
      on conflict do nothing),
    named as (
      insert into mailbox_references (tenant_id, account_id, reference, subject, thread_id)
      select in_tenant, in_account, k.reference, in_subject_key, t.id from thread t, unnest(in_references) as k (reference)
      on conflict do nothing),
    kept as (
      insert into mailbox_messages (tenant_id, id, account_id, blob_id, thread_id, size_bytes, received_at, created_modseq)
      select in_tenant, in_message, in_account, in_blob, t.id, in_size, in_received, v_modseq from thread t),
    taken as (
      update mailbox_mailboxes b set uidnext = b.uidnext + 1, total = b.total + 1, unseen = b.unseen + 1 - (in_flags & 1),
        size_bytes = b.size_bytes + in_size, highest_modseq = v_modseq
      where b.tenant_id = in_tenant and b.account_id = in_account and b.id = any(in_mailboxes) and b.selectable
      returning b.id, b.uidnext - 1 as uid, b.uidvalidity),
    placed as (
      insert into mailbox_memberships (tenant_id, mailbox_id, uid, message_id, blob_id, flags, keywords, size_bytes, modseq, thread_id, received_at, saved_at)
      select in_tenant, b.id, b.uid, in_message, in_blob, in_flags, v_spelled, in_size, v_modseq, t.id, in_received, in_saved from taken b, thread t)
    select v_modseq, t.id, v_spelled, b.id, b.uid, b.uidvalidity from taken b, thread t;
  get diagnostics v_taken = row_count;
  if v_taken <> cardinality(in_mailboxes) then
    raise exception using errcode = 'CF003', message = 'no such mailbox';
  end if;
end $$;

-- As the version before calls it.
create or replace function mailbox_append(
  in_tenant uuid, in_account uuid, in_mailboxes uuid[], in_message uuid, in_thread uuid, in_blob uuid, in_size bigint,
  in_sha256 bytea, in_received timestamptz, in_saved timestamptz, in_flags int, in_keywords text[], in_keywords_max int,
  in_references bigint[], in_subject_key bigint, in_sent timestamptz, in_sent_day int, in_subject text, in_sender text,
  in_preview text, in_has_attachment boolean, in_base_subject text, in_sort_from text, in_sort_to text, in_sort_cc text,
  in_sort_display_from text, in_sort_display_to text, in_links text[], in_index text, in_parser int, in_envelope text,
  in_structure text, in_header bytea, in_search text[])
returns table (modseq bigint, thread_id uuid, keywords text[], mailbox_id uuid, uid int, uidvalidity int)
language plpgsql volatile as $$
begin
  return query select * from mailbox_append_message(
    in_tenant, in_account, in_mailboxes, in_message, in_thread, in_blob, in_size, in_sha256, in_received, in_saved, in_flags, in_keywords,
    in_keywords_max, in_references, in_subject_key, in_sent, in_sent_day, in_subject, in_sender, in_preview, in_has_attachment,
    in_base_subject, in_sort_from, in_sort_to, in_sort_cc, in_sort_display_from, in_sort_display_to, in_links, in_index, in_parser,
    in_envelope, in_structure, in_header,
    in_search[1], in_search[2], in_search[3], in_search[4], in_search[5], in_search[6], in_search[7]);
end $$;
