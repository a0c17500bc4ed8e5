-- Bringing a mail account's mail over from another IMAP server.
create table transfers_transfers (
  tenant_id uuid not null,
  id uuid not null,
  mail_account_id uuid not null,
  host text not null check (length(host) between 1 and 253),
  port integer not null check (port between 1 and 65535),
  security text not null check (security in ('tls', 'starttls')),
  user_name text not null check (length(user_name) between 1 and 320),
  -- The other server's password, sealed; gone when the transfer is over.
  secret bytea,
  state text not null check (state in ('waiting', 'running', 'paused', 'done', 'cancelled')),
  -- Why it stands still, or what it is tried again for: an error code.
  problem text check (length(problem) <= 100),
  requested_by uuid not null,
  requested_at timestamptz not null,
  changed_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, mail_account_id) references mailbox_accounts (tenant_id, id) on delete cascade,
  check ((state in ('done', 'cancelled')) = (secret is null)),
  check ((state in ('done', 'cancelled')) = (ended_at is not null))
);
create unique index transfers_transfers_live on transfers_transfers (tenant_id, mail_account_id)
  where state in ('waiting', 'running', 'paused');
create index transfers_transfers_list on transfers_transfers (tenant_id, requested_at desc, id desc);
select cf_tenant_table('transfers_transfers');

-- One folder over there and how far it is copied. UIDs up to last_uid are behind us.
create table transfers_folders (
  tenant_id uuid not null,
  transfer_id uuid not null,
  ordinal integer not null,
  source text not null check (length(source) <= 2000),
  mailbox text not null check (length(mailbox) <= 1000),
  role text check (role in ('inbox', 'drafts', 'sent', 'junk', 'trash', 'archive')),
  -- Holds everything once more (Gmail's All Mail): only what lies in no other folder is taken.
  is_collection boolean not null default false,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done')),
  uidvalidity bigint not null default 0,
  last_uid bigint not null default 0,
  total integer not null default 0 check (total >= 0),
  copied integer not null default 0 check (copied >= 0),
  known integer not null default 0 check (known >= 0),
  failed integer not null default 0 check (failed >= 0),
  bytes bigint not null default 0 check (bytes >= 0),
  primary key (tenant_id, transfer_id, ordinal),
  unique (tenant_id, transfer_id, source),
  foreign key (tenant_id, transfer_id) references transfers_transfers (tenant_id, id) on delete cascade
);
select cf_tenant_table('transfers_folders');

-- What was brought into an account, so that no transfer brings it again: SHA-256 of Message-ID, size and date, by mailbox.
create table transfers_known (
  tenant_id uuid not null,
  mail_account_id uuid not null,
  digest bytea not null check (octet_length(digest) = 32),
  mailbox text not null check (length(mailbox) <= 1000),
  primary key (tenant_id, mail_account_id, digest, mailbox),
  foreign key (tenant_id, mail_account_id) references mailbox_accounts (tenant_id, id) on delete cascade
);
select cf_tenant_table('transfers_known');

-- Messages that could not be brought over.
create table transfers_problems (
  tenant_id uuid not null,
  transfer_id uuid not null,
  ordinal integer not null,
  uid bigint not null,
  subject text not null check (length(subject) <= 200),
  sent_at timestamptz,
  size_bytes bigint not null,
  code text not null check (length(code) <= 100),
  primary key (tenant_id, transfer_id, ordinal, uid),
  foreign key (tenant_id, transfer_id, ordinal) references transfers_folders (tenant_id, transfer_id, ordinal) on delete cascade
);
select cf_tenant_table('transfers_problems');
