-- Accepted mail on its way. A row of mailflow_deliveries or mailflow_outgoing owns its blob: written before the row, and
-- before the sender hears 250. Every waiting row has a job; the sweep gives one back to a row that lost it.

-- One message for one mail account of the tenant. `id` is made by whoever accepts it, so that a hand-over that runs twice
-- makes one row.
create table mailflow_deliveries (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  trace_id uuid not null,
  mail_account_id uuid not null,
  blob_id uuid not null,
  size_bytes bigint not null,
  sha256 bytea not null,
  sender text not null,                    -- '' is the null sender
  recipient text not null,                 -- as addressed
  header_message_id text not null,
  place text not null check (place in ('inbox', 'junk')),
  state text not null check (state in ('accepted', 'done', 'failed')),
  attempts int not null default 0,
  next_at timestamptz not null,
  accepted_at timestamptz not null,
  done_at timestamptz,
  mailbox_message_id uuid,
  last_error text,
  primary key (tenant_id, id),
  check ((state = 'accepted') = (done_at is null)),
  check ((state = 'done') = (mailbox_message_id is not null))
) with (fillfactor = 80);
select cf_tenant_table('mailflow_deliveries', 'read');
create index mailflow_deliveries_waiting on mailflow_deliveries (tenant_id, next_at) where state = 'accepted';
create index mailflow_deliveries_done on mailflow_deliveries (tenant_id, done_at) where state <> 'accepted';
create unique index mailflow_deliveries_message on mailflow_deliveries (tenant_id, mailbox_message_id) where mailbox_message_id is not null;

-- A message that leaves an account, the system or a forward; shared by its recipients.
create table mailflow_outgoing (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  trace_id uuid not null,
  mail_account_id uuid,                    -- who submitted it; null for forwards, bounces and system mail
  blob_id uuid not null,
  size_bytes bigint not null,
  sha256 bytea not null,
  sender text not null,
  header_message_id text not null,
  hops smallint not null,                  -- forwards behind it
  created_at timestamptz not null,
  primary key (tenant_id, id)
);
select cf_tenant_table('mailflow_outgoing', 'read');

create table mailflow_queue (
  tenant_id uuid not null,
  id uuid not null,
  outgoing_id uuid not null,
  recipient text not null,
  domain text not null,
  state text not null check (state in ('waiting', 'sent', 'failed', 'dropped')),
  attempts int not null default 0,
  next_at timestamptz not null,
  expires_at timestamptz not null,
  last_reply text,
  created_at timestamptz not null,
  done_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, outgoing_id) references mailflow_outgoing (tenant_id, id) on delete cascade,
  check ((state = 'waiting') = (done_at is null))
) with (fillfactor = 80);
select cf_tenant_table('mailflow_queue', 'write');
create index mailflow_queue_outgoing on mailflow_queue (tenant_id, outgoing_id);
create index mailflow_queue_waiting on mailflow_queue (tenant_id, next_at) where state = 'waiting';
create index mailflow_queue_done on mailflow_queue (tenant_id, done_at) where state <> 'waiting';

-- "Where is my mail?"
create table mailflow_events (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  trace_id uuid not null,
  seq bigint generated always as identity, -- orders what happened in one millisecond
  at timestamptz not null,
  kind text not null check (kind in ('accepted', 'queued', 'delivered', 'deferred', 'sent', 'failed', 'bounced', 'dropped', 'retried', 'rate_limited')),
  sender text not null,
  recipient text not null,
  header_message_id text not null,
  detail text not null,
  primary key (tenant_id, id)
);
select cf_tenant_table('mailflow_events', 'read');
create index mailflow_events_recipient on mailflow_events (tenant_id, recipient, at desc);
create index mailflow_events_sender on mailflow_events (tenant_id, sender, at desc);
create index mailflow_events_trace on mailflow_events (tenant_id, trace_id, at);
create index mailflow_events_at on mailflow_events (at);

-- Recipients per account and hour.
create table mailflow_rates (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  mail_account_id uuid not null,
  hour timestamptz not null,
  recipients int not null,
  alarmed boolean not null default false,
  primary key (tenant_id, mail_account_id, hour)
);
select cf_tenant_table('mailflow_rates', 'read');

-- What a demonstration sent to the outside: kept here instead. Rows belong to the provider.
create table mailflow_sink (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  at timestamptz not null,
  sender text not null,
  recipients text[] not null,
  subject text not null,
  size_bytes bigint not null,
  raw bytea not null,
  primary key (tenant_id, id)
);
select cf_tenant_table('mailflow_sink', 'write');

-- Mail of the service itself between the transaction that asks for it and the job that composes it; gone afterwards,
-- because it may hold links that let somebody in.
create table mailflow_system_mail (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  recipient text not null,
  subject text not null,
  body text not null,
  language text not null check (language in ('it', 'en')),
  from_name text not null,
  in_reply_to text not null,
  header_message_id text not null,
  created_at timestamptz not null,
  primary key (tenant_id, id)
);
select cf_tenant_table('mailflow_system_mail', 'none');
grant insert on mailflow_system_mail to cf_ops;
create policy operator on mailflow_system_mail for insert to cf_ops with check (true);
