-- Where a client wants to hear of changes while it is closed (RFC 8620 §7.2): the address of a push service and the keys
-- of the client behind it. Each belongs to the session that made it and ends with it. `told`: the modseq of each account
-- at the last push. Ended ones stay for an hour, empty, so that making them anew counts.
create table mailbox_push_subscriptions (
  tenant_id uuid not null,
  account_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  device_client_id text not null,
  url text not null,
  p256dh bytea,
  auth bytea,
  server_key text not null,                                -- the VAPID key that the client knows (RFC 9749)
  types text[],                                            -- null: every type
  code text not null,                                      -- what proves that the address is the client's
  code_sent_at timestamptz,
  confirmed_at timestamptz,
  expires_at timestamptz not null,
  told jsonb not null default '{}',
  next_at timestamptz not null,                            -- no push before
  failures integer not null default 0,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id),
  constraint mailbox_push_subscriptions_keys check ((p256dh is null) = (auth is null)),
  foreign key (tenant_id, account_id) references mailbox_accounts (tenant_id, id) on delete cascade
);
select cf_tenant_table('mailbox_push_subscriptions');
create index mailbox_push_subscriptions_account on mailbox_push_subscriptions (tenant_id, account_id, created_at);

-- One look across tenants finds what is behind, so that no change has to tell of itself and none is forgotten: it gives
-- ids, nothing of the mail. The work is done in each tenant's own transactions.
select cf_definer_access('mailbox_push_subscriptions', 'select');
select cf_definer_access('mailbox_shares', 'select');
create function mailbox_push_due(p_now timestamptz, p_limit integer) returns table (tenant_id uuid, id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.tenant_id, s.id from mailbox_push_subscriptions s
  where s.next_at <= p_now and (
    s.expires_at <= p_now or (s.ended_at is null and (
      s.confirmed_at is null
      or exists (select 1 from mailbox_accounts a where a.tenant_id = s.tenant_id and a.id = s.account_id
        and a.modseq > coalesce((s.told ->> a.id::text)::bigint, 0))
      or exists (select 1 from mailbox_shares h join mailbox_accounts a on a.tenant_id = h.tenant_id and a.id = h.account_id
        where h.tenant_id = s.tenant_id and h.member_id = s.account_id
          and a.modseq > coalesce((s.told ->> a.id::text)::bigint, 0)))))
  order by s.next_at limit p_limit
$$;
select cf_definer_function('mailbox_push_due(timestamptz, integer)'::regprocedure);
