-- What stands between a stranger and a mailbox: lists of senders, greylisting, what each account taught the filter, and
-- the quarantine.

alter table mailflow_events drop constraint mailflow_events_kind_check;
alter table mailflow_events add constraint mailflow_events_kind_check check (kind in ('accepted', 'queued', 'delivered', 'deferred',
  'sent', 'failed', 'bounced', 'dropped', 'retried', 'rate_limited', 'quarantined', 'released', 'refused'));
alter table mailflow_events add column subject text not null default '';
create index mailflow_events_message on mailflow_events (tenant_id, header_message_id, at desc) where header_message_id <> '';

-- How a domain of the tenant takes mail; without a row the defaults stand.
create table mailflow_domain_policies (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  domain text not null check (domain = lower(domain)),
  greylist boolean not null default false,
  spam_action text not null default 'junk' check (spam_action in ('junk', 'quarantine')),
  primary key (tenant_id, domain)
);
select cf_tenant_table('mailflow_domain_policies');

-- Senders that an account, or everybody in a domain, always or never wants. Exactly one of the two scopes.
create table mailflow_sender_rules (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  mail_account_id uuid,
  domain text check (domain = lower(domain)),
  verdict text not null check (verdict in ('allow', 'deny')),
  pattern text not null check (pattern = lower(pattern) and octet_length(pattern) between 3 and 320), -- address or domain
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check ((mail_account_id is null) <> (domain is null))
);
create unique index mailflow_sender_rules_once on mailflow_sender_rules (tenant_id, coalesce(mail_account_id::text, domain), pattern);
select cf_tenant_table('mailflow_sender_rules');

-- Who knocked when. `passed_at` set: this network may come in.
create table mailflow_greylist (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  knock bytea not null,                    -- digest of network, sender and recipient; of the network alone once it passed
  first_at timestamptz not null,
  passed_at timestamptz,
  seen_at timestamptz not null,
  primary key (tenant_id, knock)
) with (fillfactor = 80);
select cf_tenant_table('mailflow_greylist');
create index mailflow_greylist_seen on mailflow_greylist (tenant_id, seen_at);

-- What an account's moves to and from Junk taught: messages per kind, and messages per word. Words are digests.
create table mailflow_bayes_accounts (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  mail_account_id uuid not null,
  spam int not null default 0,
  ham int not null default 0,
  primary key (tenant_id, mail_account_id)
);
select cf_tenant_table('mailflow_bayes_accounts');
create table mailflow_bayes_words (
  tenant_id uuid not null,
  mail_account_id uuid not null,
  word bigint not null,
  spam int not null default 0,
  ham int not null default 0,
  primary key (tenant_id, mail_account_id, word),
  foreign key (tenant_id, mail_account_id) references mailflow_bayes_accounts (tenant_id, mail_account_id) on delete cascade
) with (fillfactor = 80);
select cf_tenant_table('mailflow_bayes_words');
-- What was learned as what, so that a message counts once and a change of mind is taken back. `message` digests its bytes.
create table mailflow_bayes_learned (
  tenant_id uuid not null,
  mail_account_id uuid not null,
  message bytea not null,
  kind text not null check (kind in ('spam', 'ham')),
  learned_at timestamptz not null,
  primary key (tenant_id, mail_account_id, message),
  foreign key (tenant_id, mail_account_id) references mailflow_bayes_accounts (tenant_id, mail_account_id) on delete cascade
);
select cf_tenant_table('mailflow_bayes_learned');

-- Mail held back from an account until somebody decides. A held row owns its blob.
create table mailflow_quarantine (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  trace_id uuid not null,
  mail_account_id uuid not null,
  blob_id uuid not null,
  size_bytes bigint not null,
  sha256 bytea not null,
  sender text not null,
  recipient text not null,
  header_message_id text not null,
  header_from text not null,
  subject text not null,
  score real not null,
  reasons text[] not null,
  state text not null check (state in ('held', 'released', 'deleted')),
  held_at timestamptz not null,
  done_at timestamptz,
  is_told boolean not null default false,  -- in a digest
  primary key (tenant_id, id),
  check ((state = 'held') = (done_at is null))
);
select cf_tenant_table('mailflow_quarantine');
create index mailflow_quarantine_held on mailflow_quarantine (tenant_id, held_at) where state = 'held';
