-- Where a mailbox's own person takes the link for a forgotten password: an address elsewhere, which proved itself.
create table identity_recovery_addresses (
  tenant_id uuid not null,
  principal_id uuid not null,
  address text not null check (address = lower(address) and length(address) between 3 and 320),
  confirmed_at timestamptz not null,
  primary key (tenant_id, principal_id),
  foreign key (tenant_id, principal_id) references identity_principals (tenant_id, id) on delete cascade
);
select cf_tenant_table('identity_recovery_addresses');

alter table identity_tokens drop constraint identity_tokens_purpose_check;
alter table identity_tokens add constraint identity_tokens_purpose_check check (purpose in (
  'second_factor', 'invitation', 'password_reset', 'login_change', 'recovery_address'));
