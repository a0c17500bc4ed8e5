-- The first look at a mailbox, as before (0010, 0015), but keywords that are too many to tell at once are refused (CF005) before they
-- are put together. The functions without the last argument stay for an earlier version that serves on.
create function mailbox_read_whole(
  in_tenant uuid, in_mailbox uuid, in_pruned bigint, in_format smallint, in_changes_max int, in_rows int, in_label_bytes_max int)
returns table (summary_modseq bigint, summary bytea, flag_sets json, gone int[], packed bytea, labelled json)
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
declare
  v_changed int[];
  v_named bigint;
begin
  select s.modseq into summary_modseq from mailbox_summaries s
    where s.tenant_id = in_tenant and s.mailbox_id = in_mailbox and s.modseq >= in_pruned and s.format = in_format;
  if found then
    select sum(cardinality(c.uids)) into v_named from mailbox_changes c
      where c.tenant_id = in_tenant and c.mailbox_id = in_mailbox and c.modseq > summary_modseq;
    if v_named > in_changes_max * 20 then summary_modseq := null; end if;
  end if;
  if summary_modseq is not null then
    v_changed := array(select distinct u.uid from mailbox_changes c cross join lateral unnest(c.uids) as u (uid)
      where c.tenant_id = in_tenant and c.mailbox_id = in_mailbox and c.modseq > summary_modseq);
    if cardinality(v_changed) > in_changes_max then
      summary_modseq := null;
      v_changed := null;
    end if;
  end if;
  if not mailbox_labels_fit(in_tenant, in_mailbox, v_changed, coalesce(cardinality(v_changed), in_rows), in_label_bytes_max) then
    raise exception using errcode = 'CF005', message = 'too many keywords to tell at once';
  end if;
  if summary_modseq is not null then
    select s.packed, s.flag_sets into summary, flag_sets from mailbox_summaries s
      where s.tenant_id = in_tenant and s.mailbox_id = in_mailbox;
    gone := array(select e.uid from mailbox_expunged e
      where e.tenant_id = in_tenant and e.mailbox_id = in_mailbox and e.modseq > summary_modseq);
    select string_agg(int4send(p.uid) || int2send(p.flags) || int8send(p.modseq), ''::bytea order by p.uid),
        json_agg(json_build_object('u', p.uid, 'k', p.keywords) order by p.uid) filter (where p.keywords <> '{}')
      into packed, labelled
      from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid = any(v_changed);
  else
    select string_agg(int4send(p.uid) || int2send(p.flags) || int8send(p.modseq), ''::bytea order by p.uid),
        json_agg(json_build_object('u', p.uid, 'k', p.keywords) order by p.uid) filter (where p.keywords <> '{}')
      into packed, labelled
      from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox;
  end if;
  return next;
end $$;

create function mailbox_look(
  in_tenant uuid, in_account uuid, in_mailbox uuid, in_format smallint, in_changes_max int, in_label_bytes_max int)
returns table (box mailbox_mailboxes, known text[], summary_modseq bigint, summary bytea, flag_sets json, gone int[], packed bytea, labelled json)
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
declare
  v_pruned bigint;
begin
  select b.* into box from mailbox_mailboxes b where b.tenant_id = in_tenant and b.account_id = in_account and b.id = in_mailbox;
  if not found then return; end if;
  select a.keywords, least(a.pruned_modseq, box.highest_modseq) into known, v_pruned from mailbox_accounts a
    where a.tenant_id = in_tenant and a.id = in_account and a.state <> 'deleted';
  if not found then return; end if;
  select v.summary_modseq, v.summary, v.flag_sets, v.gone, v.packed, v.labelled
    into summary_modseq, summary, flag_sets, gone, packed, labelled
    from mailbox_read_whole(in_tenant, in_mailbox, v_pruned, in_format, in_changes_max, box.total, in_label_bytes_max) v;
  return next;
end $$;
