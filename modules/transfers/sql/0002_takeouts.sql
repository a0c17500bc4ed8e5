-- The mail of one account as an archive for its owner. The archive lies in the mail store, whose collector takes what no
-- row names.
create table transfers_takeouts (
  tenant_id uuid not null,
  id uuid not null,
  mail_account_id uuid not null,
  format text not null check (format in ('mbox', 'maildir', 'eml')),
  state text not null default 'waiting' check (state in ('waiting', 'running', 'ready', 'failed', 'expired')),
  requested_at timestamptz not null,
  total bigint not null default 0 check (total >= 0),
  done bigint not null default 0 check (done >= 0),
  bytes bigint not null default 0 check (bytes >= 0),
  blob_id uuid,
  ready_at timestamptz,
  expires_at timestamptz,
  failed_code text check (length(failed_code) <= 100),
  primary key (tenant_id, id),
  foreign key (tenant_id, mail_account_id) references mailbox_accounts (tenant_id, id) on delete cascade,
  check ((state = 'ready') = (blob_id is not null)),
  check ((state = 'ready') <= (expires_at is not null))
);
create unique index transfers_takeouts_live on transfers_takeouts (tenant_id, mail_account_id) where state in ('waiting', 'running');
create index transfers_takeouts_account on transfers_takeouts (tenant_id, mail_account_id, id desc);
create index transfers_takeouts_blob on transfers_takeouts (tenant_id, blob_id) where blob_id is not null;
select cf_tenant_table('transfers_takeouts');
