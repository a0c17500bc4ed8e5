-- JMAP for other programs than webmail (R13). It reads and sends: an account that may do both by program may do so by this one,
-- with an app password that its person makes for it. One that a process of the version before makes begins without.
alter table mailbox_accounts add column jmap_enabled boolean not null default false;
alter table mailbox_accounts no force row level security;
update mailbox_accounts set jmap_enabled = true where imap_enabled and smtp_enabled;
alter table mailbox_accounts force row level security;
