-- What owners of mail accounts want done with arriving mail.

create table sieve_scripts (
  tenant_id uuid not null,
  account_id uuid not null,
  name text not null check (length(name) between 1 and 128),
  content text not null check (octet_length(content) <= 131072),
  is_active boolean not null default false,
  updated_at timestamptz not null,
  primary key (tenant_id, account_id, name),
  foreign key (tenant_id, account_id) references mailbox_accounts (tenant_id, id) on delete cascade
);
select cf_tenant_table('sieve_scripts');
create unique index sieve_scripts_active on sieve_scripts (tenant_id, account_id) where is_active;

-- RFC 8621 §8: one answer an account, beside whatever its script answers.
create table sieve_vacations (
  tenant_id uuid not null,
  account_id uuid not null,
  is_enabled boolean not null,
  from_at timestamptz,
  until_at timestamptz,
  subject text check (length(subject) <= 250),
  text_body text check (octet_length(text_body) <= 65536),
  html_body text check (octet_length(html_body) <= 131072),
  updated_at timestamptz not null,
  primary key (tenant_id, account_id),
  foreign key (tenant_id, account_id) references mailbox_accounts (tenant_id, id) on delete cascade
);
select cf_tenant_table('sieve_vacations');

-- Who was answered when. `key` is SHA-256 of the answer's handle and the sender: no addresses of strangers are kept.
create table sieve_replies (
  tenant_id uuid not null,
  account_id uuid not null,
  key bytea not null check (octet_length(key) = 32),
  replied_at timestamptz not null,
  primary key (tenant_id, account_id, key),
  foreign key (tenant_id, account_id) references mailbox_accounts (tenant_id, id) on delete cascade
);
select cf_tenant_table('sieve_replies');
create index sieve_replies_old on sieve_replies (tenant_id, replied_at);
