-- A client that destroys a submission takes back the record of it, not the message (RFC 8621 §7.5). The row stays until its
-- tombstone is pruned: what waits is still sent by it.
alter table mailbox_submissions add column destroyed_modseq bigint;

-- What clients were told of an account's identities, so that they can be told what changed (RFC 8621 §6.2): addresses and
-- rights are changed by others, so the two are compared when somebody asks. `told`: a fingerprint of the identity.
create table mailbox_identity_states (
  tenant_id uuid not null,
  account_id uuid not null,
  address text not null,
  told text not null,
  created_modseq bigint not null,
  modseq bigint not null,
  destroyed_modseq bigint,
  primary key (tenant_id, account_id, address),
  foreign key (tenant_id, account_id) references mailbox_accounts (tenant_id, id) on delete cascade
);
select cf_tenant_table('mailbox_identity_states');
