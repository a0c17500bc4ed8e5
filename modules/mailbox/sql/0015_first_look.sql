-- The first look at a mailbox, at one instant, as a function: a statement of this size was planned anew each time, which took
-- longer than reading two hundred messages.
create function mailbox_look(in_tenant uuid, in_account uuid, in_mailbox uuid, in_format smallint, in_changes_max int)
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
    from mailbox_read_whole(in_tenant, in_mailbox, v_pruned, in_format, in_changes_max) v;
  return next;
end $$;

-- Claims \Recent of every message up to now; no row when there is none to claim.
create function mailbox_claim(in_tenant uuid, in_mailbox uuid) returns table (claimed_from int, claimed_to int)
language plpgsql volatile set plan_cache_mode = force_generic_plan as $$
begin
  select b.recent_uid, b.uidnext into claimed_from, claimed_to from mailbox_mailboxes b
    where b.tenant_id = in_tenant and b.id = in_mailbox and b.recent_uid < b.uidnext for no key update;
  if not found then return; end if;
  update mailbox_mailboxes b set recent_uid = claimed_to where b.tenant_id = in_tenant and b.id = in_mailbox;
  return next;
end $$;
