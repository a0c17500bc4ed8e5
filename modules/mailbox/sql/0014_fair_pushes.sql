-- As before, but a deleted account, whose shares stay in case it is called back, is behind for nobody; and each tenant comes
-- with its longest waiting first, so that one with many leaves room for all the others.
create or replace function mailbox_push_due(p_now timestamptz, p_limit integer) returns table (tenant_id uuid, id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.tenant_id, d.id from (
    select s.tenant_id, s.id, s.next_at, row_number() over (partition by s.tenant_id order by s.next_at, s.id) as place
    from mailbox_push_subscriptions s
    where s.next_at <= p_now and (
      s.expires_at <= p_now or (s.ended_at is null and (
        s.confirmed_at is null
        or exists (select 1 from mailbox_accounts a where a.tenant_id = s.tenant_id and a.id = s.account_id
          and a.modseq > coalesce((s.told ->> a.id::text)::bigint, 0))
        or exists (select 1 from mailbox_shares h join mailbox_accounts a on a.tenant_id = h.tenant_id and a.id = h.account_id
          where h.tenant_id = s.tenant_id and h.member_id = s.account_id and a.state <> 'deleted'
            and a.modseq > coalesce((s.told ->> a.id::text)::bigint, 0)))))) d
  order by d.place, d.next_at limit p_limit
$$;
select cf_definer_function('mailbox_push_due(timestamptz, integer)'::regprocedure);
