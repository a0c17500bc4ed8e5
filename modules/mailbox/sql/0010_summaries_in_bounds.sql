-- As before; but a log that names so many UIDs since the summary, however often the same ones, costs more to read than it saves.
create or replace function mailbox_read_whole(in_tenant uuid, in_mailbox uuid, in_pruned bigint, in_format smallint, in_changes_max int)
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
    if cardinality(v_changed) > in_changes_max then summary_modseq := null; end if;
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
