-- The mail store. One row per message and account, one membership row per mailbox it lies in, and one counter row per
-- account whose lock orders every change: modseq, UIDs and UIDVALIDITY are taken from counter rows in the transaction
-- that uses them, so commit order is number order. There is no sequence here on purpose (mail.md, pitfalls).
--
-- The hot rows (messages, memberships, search, references) carry no foreign keys: each would cost a look-up per row in
-- COPY and MOVE of whole mailboxes. invariants.ts checks what the keys would have said.

create table mailbox_accounts (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  address text not null check (address = lower(address) and address like '%_@_%'),
  display_name text not null default '',
  quota_bytes bigint check (quota_bytes > 0),              -- null: no limit of its own
  used_bytes bigint not null default 0 check (used_bytes >= 0),
  messages bigint not null default 0 check (messages >= 0),
  modseq bigint not null default 1,                        -- last one given out; IMAP modseq and JMAP state
  uidvalidity integer not null,                            -- last one given out
  state_epoch integer not null default 1,                  -- raised after a restore of the database from backup
  pruned_modseq bigint not null default 0,                 -- tombstones up to here are gone
  keywords text[] not null default '{}',                   -- spelling of each keyword as the account first used it
  state text not null default 'active' check (state in ('active', 'suspended', 'deleted')),
  imap_enabled boolean not null default true,
  pop3_enabled boolean not null default true,
  smtp_enabled boolean not null default true,
  webmail_enabled boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  primary key (tenant_id, id)
) with (fillfactor = 50);
select cf_tenant_table('mailbox_accounts', 'read');
create unique index mailbox_accounts_address on mailbox_accounts (address) where state <> 'deleted';
comment on index mailbox_accounts_address is 'global: mail for an address is delivered to one account in the whole house';
create index mailbox_accounts_list on mailbox_accounts (tenant_id, address);

create table mailbox_mailboxes (
  tenant_id uuid not null,
  account_id uuid not null,
  id uuid not null,
  path text not null check (path <> ''),                   -- names joined by '/', INBOX in capitals, NFC
  role text check (role in ('inbox', 'drafts', 'sent', 'junk', 'trash', 'archive')),
  selectable boolean not null default true,                -- false: deleted in IMAP while it had children
  uidvalidity integer not null check (uidvalidity > 0),
  uidnext integer not null default 1 check (uidnext > 0),
  recent_uid integer not null default 1,                   -- UIDs from here on were never announced as \Recent
  total integer not null default 0 check (total >= 0),
  unseen integer not null default 0 check (unseen >= 0 and unseen <= total),
  size_bytes bigint not null default 0 check (size_bytes >= 0),
  subscribed boolean not null default true,
  sort_order integer not null default 100,
  created_modseq bigint not null,
  properties_modseq bigint not null,                       -- name, role, subscription, order
  highest_modseq bigint not null,                          -- messages in it; counts change with it
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references mailbox_accounts (tenant_id, id)
) with (fillfactor = 50);
select cf_tenant_table('mailbox_mailboxes');
create unique index mailbox_mailboxes_path on mailbox_mailboxes (tenant_id, account_id, path);
create unique index mailbox_mailboxes_role on mailbox_mailboxes (tenant_id, account_id, role) where role is not null;

-- What is known of a message's bytes, computed once at arrival and shared by every copy in the tenant. `index` is
-- formats/mime's MessageIndex; `parser` the version that wrote it. When the last message that uses a content goes it gets
-- `unreferenced_at`; the collector deletes row and blob after a grace, never the transaction that expunges.
create table mailbox_contents (
  tenant_id uuid not null,
  blob_id uuid not null,
  size_bytes bigint not null,
  sha256 bytea not null,
  unreferenced_at timestamptz,
  sent_at timestamptz,
  sent_day integer,                                        -- the day written in Date, days since 1970-01-01
  subject text not null,                                   -- decoded
  sender text not null,                                    -- decoded From as shown in lists
  preview text not null,
  has_attachment boolean not null,
  base_subject text not null,                              -- RFC 5256 §2.1, case folded, for SORT and THREAD
  sort_from text not null,                                 -- RFC 5256 §3: first address's mailbox, folded
  sort_to text not null,
  sort_cc text not null,
  sort_display_from text not null,                         -- RFC 5957
  sort_display_to text not null,
  links text[] not null,                                   -- Message-ID (or ''), then References: THREAD needs them
  index json not null,
  parser smallint not null,
  envelope_wire text,                                      -- ENVELOPE and BODYSTRUCTURE as IMAP prints them
  structure_wire text,
  header bytea,                                            -- the top header as stored, unless it is long: what clients ask most
  primary key (tenant_id, blob_id)
);
select cf_tenant_table('mailbox_contents');
create index mailbox_contents_unreferenced on mailbox_contents (tenant_id, unreferenced_at) where unreferenced_at is not null;

-- Text for SEARCH: decoded, NFC, lower case (the cluster's C locale folds ASCII only, so the program folds).
-- `headers` holds one unfolded `name: value` a line, each line preceded by a line feed. Lives as long as the content.
create table mailbox_search (
  tenant_id uuid not null,
  blob_id uuid not null,
  subject text not null,
  sender text not null,
  recipients text not null,
  cc text not null,
  bcc text not null,
  headers text not null,
  body text not null,
  primary key (tenant_id, blob_id)
);
select cf_tenant_table('mailbox_search');

-- Bytes given by a webmail that no message uses yet (RFC 8620 §6.1).
create table mailbox_uploads (
  tenant_id uuid not null,
  account_id uuid not null,
  blob_id uuid not null,
  media_type text not null,
  size_bytes bigint not null,
  uploaded_at timestamptz not null,
  primary key (tenant_id, account_id, blob_id)
);
select cf_tenant_table('mailbox_uploads');
create index mailbox_uploads_age on mailbox_uploads (tenant_id, uploaded_at);

-- A message of an account; immutable.
create table mailbox_messages (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  blob_id uuid not null,
  thread_id uuid not null,
  size_bytes bigint not null,
  received_at timestamptz not null,                        -- IMAP INTERNALDATE, JMAP receivedAt
  created_modseq bigint not null,
  primary key (tenant_id, id)
);
select cf_tenant_table('mailbox_messages');
create index mailbox_messages_received on mailbox_messages (tenant_id, account_id, received_at);
create index mailbox_messages_thread on mailbox_messages (tenant_id, thread_id);
create index mailbox_messages_blob on mailbox_messages (tenant_id, blob_id);

-- A message's place in a mailbox. Flags and keywords belong to the message: every membership of it holds the same ones,
-- so that the IMAP view of a mailbox is a scan of this one narrow table. Flag bits: see flags.ts.
create table mailbox_memberships (
  tenant_id uuid not null,
  mailbox_id uuid not null,
  uid integer not null,
  flags smallint not null,
  size_bytes bigint not null,
  modseq bigint not null,
  message_id uuid not null,
  blob_id uuid not null,
  thread_id uuid not null,
  received_at timestamptz not null,
  saved_at timestamptz not null,                           -- RFC 8514 SAVEDATE
  keywords text[] not null default '{}',
  primary key (tenant_id, mailbox_id, uid)
) with (fillfactor = 80);
select cf_tenant_table('mailbox_memberships');
create unique index mailbox_memberships_message on mailbox_memberships (tenant_id, message_id, mailbox_id);
create index mailbox_memberships_modseq on mailbox_memberships (tenant_id, mailbox_id, modseq);
-- Few at any time: STATUS DELETED and EXPUNGE need not read the mailbox.
create index mailbox_memberships_deleted on mailbox_memberships (tenant_id, mailbox_id, uid) where flags & 8 <> 0;

-- Tombstones, pruned behind mailbox_accounts.pruned_modseq. A session that has not heard of the expunge yet may still
-- read the bytes.
create table mailbox_expunged (
  tenant_id uuid not null,
  mailbox_id uuid not null,
  modseq bigint not null,
  uid integer not null,
  message_id uuid not null,
  blob_id uuid not null,
  size_bytes bigint not null,
  primary key (tenant_id, mailbox_id, modseq, uid)
);
select cf_tenant_table('mailbox_expunged');

create table mailbox_destroyed (
  tenant_id uuid not null,
  account_id uuid not null,
  modseq bigint not null,
  message_id uuid not null,
  thread_id uuid not null,
  primary key (tenant_id, account_id, modseq, message_id)
);
select cf_tenant_table('mailbox_destroyed');

create table mailbox_removed (
  tenant_id uuid not null,
  account_id uuid not null,
  modseq bigint not null,
  mailbox_id uuid not null,
  primary key (tenant_id, account_id, modseq, mailbox_id)
);
select cf_tenant_table('mailbox_removed');

-- When each modseq was given out, one row an hour at most: turns "keep tombstones 30 days" into a modseq.
create table mailbox_horizons (
  tenant_id uuid not null,
  account_id uuid not null,
  hour timestamptz not null,
  modseq bigint not null,
  primary key (tenant_id, account_id, hour)
);
select cf_tenant_table('mailbox_horizons');

-- Which thread a Message-ID belongs to (RFC 8621 §3): id named in Message-ID, In-Reply-To or References together with
-- the base subject, both as the first 8 bytes of SHA-256.
create table mailbox_references (
  tenant_id uuid not null,
  account_id uuid not null,
  reference bigint not null,
  subject bigint not null,
  thread_id uuid not null,
  primary key (tenant_id, account_id, reference, subject)
);
select cf_tenant_table('mailbox_references');

-- Delivery and login know an address, not a tenant.
select cf_definer_access('mailbox_accounts', 'select');
create function mailbox_account_by_address(wanted text)
returns table (tenant_id uuid, account_id uuid, state text, imap_enabled boolean, pop3_enabled boolean, smtp_enabled boolean, webmail_enabled boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.tenant_id, a.id, a.state, a.imap_enabled, a.pop3_enabled, a.smtp_enabled, a.webmail_enabled
  from mailbox_accounts a where a.address = lower(wanted) and a.state <> 'deleted'
$$;
select cf_definer_function('mailbox_account_by_address(text)'::regprocedure);

-- lz4 opens long texts several times faster than pglz; the embedded binaries are built without it.
do $$ begin
  alter table mailbox_contents alter column index set compression lz4;
  alter table mailbox_search alter column headers set compression lz4;
  alter table mailbox_search alter column body set compression lz4;
exception when feature_not_supported then null;
end $$;
