-- What webmail adds to a mail account. Both go with the account.

-- Name and signature that a person gave to an address of the account; without a row the account's own display name holds.
create table mailbox_identities (
  tenant_id uuid not null,
  account_id uuid not null,
  address text not null,
  name text not null,
  text_signature text not null,
  html_signature text not null,
  primary key (tenant_id, account_id, address),
  foreign key (tenant_id, account_id) references mailbox_accounts (tenant_id, id) on delete cascade
);
select cf_tenant_table('mailbox_identities');

-- What was handed in for sending (RFC 8621 §7). While `pending` it can be called back; a job hands it to the mail flow
-- at `send_at`, in the transaction that makes it `final`.
create table mailbox_submissions (
  tenant_id uuid not null,
  account_id uuid not null,
  id uuid not null,
  message_id uuid not null,
  thread_id uuid not null,
  identity text not null,
  sender text not null,
  recipients text[] not null,
  send_at timestamptz not null,
  state text not null check (state in ('pending', 'final', 'canceled', 'refused')),
  refusal text,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references mailbox_accounts (tenant_id, id) on delete cascade
);
select cf_tenant_table('mailbox_submissions');
create index mailbox_submissions_recent on mailbox_submissions (tenant_id, account_id, created_at);
