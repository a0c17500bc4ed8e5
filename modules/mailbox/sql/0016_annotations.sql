-- What clients note about a mailbox or the account (RFC 5464). `/private/…` belongs to who wrote it, also on another's
-- mailbox; `/shared/…` belongs to the owner of the mailbox. No mailbox: about the account as a whole.
create table mailbox_annotations (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  mailbox_id uuid,
  entry text not null check (entry ~ '^/(private|shared)/' and entry = lower(entry)),
  value text not null,
  set_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references mailbox_accounts (tenant_id, id) on delete cascade,
  foreign key (tenant_id, mailbox_id) references mailbox_mailboxes (tenant_id, id) on delete cascade
);
select cf_tenant_table('mailbox_annotations');
create unique index mailbox_annotations_entry on mailbox_annotations (tenant_id, account_id, mailbox_id, entry) nulls not distinct;
create index mailbox_annotations_mailbox on mailbox_annotations (tenant_id, mailbox_id) where mailbox_id is not null;
