-- What a process needs to list one mailbox from memory (mailbox-listings.ts): what changed since a modseq, at the instant of the
-- statement that asks. `reach` says what the rows are: `since`, those that changed, with the UIDs that went in `gone`; `all`, every
-- row; `none`, too many to tell at once, or the past is forgotten, so that the rows must be read. `is_pure`: the transaction that asks
-- has changed nothing, so that what it sees is committed.
create function mailbox_list(in_tenant uuid, in_account uuid, in_mailbox uuid, in_after bigint, in_rows_max int)
returns table (reach text, is_pure boolean, epoch int, uidvalidity int, highest_modseq bigint, total int, gone int[], packed bytea, labelled json)
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
declare
  v_pruned bigint;
  v_uids int[];
begin
  select a.state_epoch, a.pruned_modseq into epoch, v_pruned from mailbox_accounts a
    where a.tenant_id = in_tenant and a.id = in_account and a.state <> 'deleted';
  if not found then return; end if;
  select b.uidvalidity, b.highest_modseq, b.total into uidvalidity, highest_modseq, total from mailbox_mailboxes b
    where b.tenant_id = in_tenant and b.account_id = in_account and b.id = in_mailbox;
  if not found then return; end if;
  is_pure := pg_current_xact_id_if_assigned() is null;
  if in_after = highest_modseq then
    reach := 'since';
  elsif in_after >= least(v_pruned, highest_modseq) and in_after between 0 and highest_modseq then
    v_uids := array(select distinct u.uid from mailbox_changes c cross join lateral unnest(c.uids) as u (uid)
      where c.tenant_id = in_tenant and c.mailbox_id = in_mailbox and c.modseq > in_after);
    reach := case when cardinality(v_uids) > in_rows_max then 'none' else 'since' end;
    if reach = 'since' then
      gone := array(select e.uid from mailbox_expunged e
        where e.tenant_id = in_tenant and e.mailbox_id = in_mailbox and e.modseq > in_after);
      select l.packed, l.labelled into packed, labelled from mailbox_list_rows(in_tenant, in_mailbox, v_uids, 0, 0) l;
    end if;
  elsif total <= in_rows_max then
    reach := 'all';
    select l.packed, l.labelled into packed, labelled from mailbox_list_rows(in_tenant, in_mailbox, null, 0, in_rows_max) l;
  else
    reach := 'none';
  end if;
  return next;
end $$;

-- Rows for a listing, ascending by UID, 54 bytes each: UID (4), flags (2), received in microseconds since 2000 (8), size (8),
-- message (16), thread (16), big endian. Of these UIDs, or the next `in_rows_max` behind `in_after_uid`.
create function mailbox_list_rows(in_tenant uuid, in_mailbox uuid, in_uids int[], in_after_uid int, in_rows_max int)
returns table (packed bytea, labelled json)
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  if in_uids is not null then
    select string_agg(int4send(p.uid) || int2send(p.flags) || timestamptz_send(p.received_at) || int8send(p.size_bytes)
          || uuid_send(p.message_id) || uuid_send(p.thread_id), ''::bytea order by p.uid),
        json_agg(json_build_object('u', p.uid, 'k', p.keywords) order by p.uid) filter (where p.keywords <> '{}')
      into packed, labelled
      from mailbox_memberships p where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid = any(in_uids);
  else
    select string_agg(int4send(p.uid) || int2send(p.flags) || timestamptz_send(p.received_at) || int8send(p.size_bytes)
          || uuid_send(p.message_id) || uuid_send(p.thread_id), ''::bytea order by p.uid),
        json_agg(json_build_object('u', p.uid, 'k', p.keywords) order by p.uid) filter (where p.keywords <> '{}')
      into packed, labelled
      from (select m.uid, m.flags, m.received_at, m.size_bytes, m.message_id, m.thread_id, m.keywords from mailbox_memberships m
        where m.tenant_id = in_tenant and m.mailbox_id = in_mailbox and m.uid > in_after_uid order by m.uid limit in_rows_max) p;
  end if;
  return next;
end $$;
