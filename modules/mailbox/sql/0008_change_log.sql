-- What changed in a mailbox since a modseq: one row for each change, with the UIDs that it put in or altered. It takes the
-- place of an index by modseq on the memberships, and of one of those marked \Deleted: with flags and modseq in no index a
-- change of flags leaves all indexes alone (a HOT update, for which half of each page is kept free). Pruned like the
-- tombstones, behind mailbox_accounts.pruned_modseq. A trigger writes it, so that no statement can forget to.
create table mailbox_changes (
  tenant_id uuid not null,
  mailbox_id uuid not null,
  modseq bigint not null,
  uids int[] not null,
  primary key (tenant_id, mailbox_id, modseq)
);
select cf_tenant_table('mailbox_changes');

create function mailbox_note_changes() returns trigger language plpgsql as $$
begin
  insert into mailbox_changes as c (tenant_id, mailbox_id, modseq, uids)
    select p.tenant_id, p.mailbox_id, p.modseq, array_agg(p.uid) from written p group by p.tenant_id, p.mailbox_id, p.modseq
    on conflict (tenant_id, mailbox_id, modseq) do update set uids = c.uids || excluded.uids;
  return null;
end $$;
create trigger mailbox_note_arrivals after insert on mailbox_memberships
  referencing new table as written for each statement execute function mailbox_note_changes();
create trigger mailbox_note_changes after update on mailbox_memberships
  referencing new table as written for each statement execute function mailbox_note_changes();

-- What the index knew. Row security holds for the owner too, so it steps aside for this one statement.
alter table mailbox_memberships no force row level security;
alter table mailbox_changes no force row level security;
insert into mailbox_changes (tenant_id, mailbox_id, modseq, uids)
  select p.tenant_id, p.mailbox_id, p.modseq, array_agg(p.uid) from mailbox_memberships p group by p.tenant_id, p.mailbox_id, p.modseq;
alter table mailbox_memberships force row level security;
alter table mailbox_changes force row level security;

drop index mailbox_memberships_modseq;
drop index mailbox_memberships_deleted;
alter table mailbox_memberships set (fillfactor = 50);

-- EXPUNGE, as before. The index of those marked \Deleted is gone, so whoever wants all of them may say which they are as of
-- the mailbox's modseq `in_known`: if nothing changed since, the list holds, else the mailbox is read whole.
drop function mailbox_expunge(uuid, uuid, uuid, int[], int, int, boolean, timestamptz);
create function mailbox_expunge(
  in_tenant uuid, in_account uuid, in_mailbox uuid, in_uids int[], in_first int, in_last int, in_only_deleted boolean, in_now timestamptz,
  in_known bigint default null)
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
  if in_known is null or in_known = modseq_before then
    vanished := mailbox_pick_uids(in_tenant, in_mailbox, in_uids, in_first, in_last, in_only_deleted);
  else
    vanished := mailbox_pick_uids(in_tenant, in_mailbox, null, 1, 2147483647, in_only_deleted);
  end if;
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
