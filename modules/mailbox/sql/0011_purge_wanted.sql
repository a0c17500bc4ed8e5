-- Purged while a hold stood: nobody sees the account any more, and the collector removes it when none stands (R92).
alter table mailbox_accounts add column purge_wanted_at timestamptz;
alter table mailbox_accounts add constraint mailbox_accounts_purge_wanted check (purge_wanted_at is null or state = 'deleted');
