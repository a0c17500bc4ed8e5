-- STORE: what is stored most, flags of one message that lies in one mailbox, takes two statements instead of seven. All else goes
-- the way it went (0012).
alter function mailbox_store_flags(uuid, uuid, uuid, int[], int, int, int, int, text, text[], int, bigint) rename to mailbox_store_flags_of_many;
create function mailbox_store_flags(
  in_tenant uuid, in_account uuid, in_mailbox uuid, in_uids int[], in_first int, in_last int, in_keep int, in_set int,
  in_mode text, in_keywords text[], in_keywords_max int, in_unchanged_since bigint)
returns table (modseq_before bigint, modseq_after bigint, packed bytea, labelled json, modified int[], elsewhere boolean)
language plpgsql volatile set plan_cache_mode = force_generic_plan as $$
declare
  v_modseq bigint;
begin
  if in_uids is null and in_first = in_last and in_mode <> 'replace' and cardinality(in_keywords) = 0
      and in_unchanged_since = 9223372036854775807 then
    -- Locks the account, unless there is nothing to change.
    update mailbox_accounts a set modseq = a.modseq + 1
      where a.tenant_id = in_tenant and a.id = in_account and a.state <> 'deleted'
        and exists (select from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid = in_first
          and p.flags <> ((p.flags & in_keep) | in_set))
      returning a.modseq into v_modseq;
    if found then
      -- What is read here is as it was before this statement. A message that lies elsewhere too has its modseq by the other way,
      -- and this one is left out.
      with changed as (
        update mailbox_memberships p set flags = (p.flags & in_keep) | in_set, modseq = v_modseq
        where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid = in_first and p.flags <> ((p.flags & in_keep) | in_set)
          and not exists (select from mailbox_memberships o
            where o.tenant_id = in_tenant and o.message_id = p.message_id and o.mailbox_id <> in_mailbox)
        returning p.flags, p.keywords),
      stepped as (
        update mailbox_mailboxes b set unseen = b.unseen + (o.flags & 1) - (c.flags & 1), highest_modseq = v_modseq
        from changed c, mailbox_memberships o
        where b.tenant_id = in_tenant and b.id = in_mailbox and o.tenant_id = in_tenant and o.mailbox_id = in_mailbox and o.uid = in_first)
      select b.highest_modseq, v_modseq, int4send(in_first) || int2send(c.flags) || int8send(v_modseq),
          case when c.keywords <> '{}' then json_build_array(json_build_object('u', in_first, 'k', c.keywords)) end
        into modseq_before, modseq_after, packed, labelled
        from changed c, mailbox_mailboxes b
        where b.tenant_id = in_tenant and b.account_id = in_account and b.id = in_mailbox and b.selectable;
      if found then
        elsewhere := false;
        return next;
        return;
      end if;
    end if;
  end if;
  return query select * from mailbox_store_flags_of_many(
    in_tenant, in_account, in_mailbox, in_uids, in_first, in_last, in_keep, in_set, in_mode, in_keywords, in_keywords_max, in_unchanged_since);
end $$;
