-- Keywords are counted before they are put together: once a value of hundreds of megabytes is there, it is late to say that it is
-- too much. What is new takes one argument more; without it the functions stay for an earlier version that serves on.

-- Bytes of a message's keywords as they are told, about: they hold nothing that JSON escapes.
create function mailbox_label_bytes(in_keywords text[]) returns int language sql immutable parallel safe as $$
  select case when in_keywords = '{}' then 0 else octet_length(array_to_string(in_keywords, '   ')) + 24 end
$$;

-- So many messages of a mailbox have no more to tell, whichever they are: none has more than all keywords of the account.
create function mailbox_labels_few(in_tenant uuid, in_mailbox uuid, in_rows int, in_bytes_max int) returns boolean
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  return (select in_rows::bigint * mailbox_label_bytes(a.keywords) <= in_bytes_max
    from mailbox_mailboxes b join mailbox_accounts a on a.tenant_id = b.tenant_id and a.id = b.account_id
    where b.tenant_id = in_tenant and b.id = in_mailbox);
end $$;

-- Whether the keywords of these messages of a mailbox, null: of all, can be told at once.
create function mailbox_labels_fit(in_tenant uuid, in_mailbox uuid, in_uids int[], in_rows int, in_bytes_max int) returns boolean
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  if mailbox_labels_few(in_tenant, in_mailbox, in_rows, in_bytes_max) then return true; end if;
  if in_uids is null then
    return (select coalesce(sum(mailbox_label_bytes(p.keywords)), 0) <= in_bytes_max from mailbox_memberships p
      where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox);
  end if;
  return (select coalesce(sum(mailbox_label_bytes(p.keywords)), 0) <= in_bytes_max from mailbox_memberships p
    where p.tenant_id = in_tenant and p.mailbox_id = in_mailbox and p.uid = any(in_uids));
end $$;

-- As before (0025), but as many rows as have at most so many bytes of keywords: one message always fits.
create function mailbox_list_rows(in_tenant uuid, in_mailbox uuid, in_uids int[], in_after_uid int, in_rows_max int, in_label_bytes_max int)
returns table (packed bytea, labelled json)
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
declare
  v_rows int := in_rows_max;
begin
  if in_uids is null and not mailbox_labels_few(in_tenant, in_mailbox, in_rows_max, in_label_bytes_max) then
    select greatest(1, count(*)) into v_rows from (
      select sum(mailbox_label_bytes(m.keywords)) over (order by m.uid rows unbounded preceding) as bytes from mailbox_memberships m
      where m.tenant_id = in_tenant and m.mailbox_id = in_mailbox and m.uid > in_after_uid order by m.uid limit in_rows_max) c
      where c.bytes <= in_label_bytes_max;
  end if;
  return query select * from mailbox_list_rows(in_tenant, in_mailbox, in_uids, in_after_uid, v_rows);
end $$;

-- As before (0025); `reach` is `none` also where the keywords are too many to tell at once.
create function mailbox_list(in_tenant uuid, in_account uuid, in_mailbox uuid, in_after bigint, in_rows_max int, in_label_bytes_max int)
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
  reach := 'none';
  if in_after = highest_modseq then
    reach := 'since';
  elsif in_after >= least(v_pruned, highest_modseq) and in_after between 0 and highest_modseq then
    v_uids := array(select distinct u.uid from mailbox_changes c cross join lateral unnest(c.uids) as u (uid)
      where c.tenant_id = in_tenant and c.mailbox_id = in_mailbox and c.modseq > in_after);
    if cardinality(v_uids) <= in_rows_max
        and mailbox_labels_fit(in_tenant, in_mailbox, v_uids, cardinality(v_uids), in_label_bytes_max) then
      reach := 'since';
      gone := array(select e.uid from mailbox_expunged e
        where e.tenant_id = in_tenant and e.mailbox_id = in_mailbox and e.modseq > in_after);
      select l.packed, l.labelled into packed, labelled from mailbox_list_rows(in_tenant, in_mailbox, v_uids, 0, 0) l;
    end if;
  elsif total <= in_rows_max and mailbox_labels_fit(in_tenant, in_mailbox, null, total, in_label_bytes_max) then
    reach := 'all';
    select l.packed, l.labelled into packed, labelled from mailbox_list_rows(in_tenant, in_mailbox, null, 0, in_rows_max) l;
  end if;
  return next;
end $$;
