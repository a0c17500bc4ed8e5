-- One mailbox of an account that somebody else may use, where not all of the account is shared with him, or for less. Never
-- across tenants: all three ends carry the tenant, and the mailbox belongs to the account.
create unique index mailbox_mailboxes_of_account on mailbox_mailboxes (tenant_id, id, account_id);
create table mailbox_folder_shares (
  tenant_id uuid not null,
  account_id uuid not null,                                -- whose mail
  mailbox_id uuid not null,                                -- which of his mailboxes
  member_id uuid not null,                                 -- who may use it
  access text not null check (access in ('read', 'write')),
  granted_at timestamptz not null,
  primary key (tenant_id, mailbox_id, member_id),
  constraint mailbox_folder_shares_not_oneself check (account_id <> member_id),
  foreign key (tenant_id, mailbox_id, account_id) references mailbox_mailboxes (tenant_id, id, account_id) on delete cascade,
  foreign key (tenant_id, member_id) references mailbox_accounts (tenant_id, id) on delete cascade
);
select cf_tenant_table('mailbox_folder_shares');
create index mailbox_folder_shares_member on mailbox_folder_shares (tenant_id, member_id, account_id);
