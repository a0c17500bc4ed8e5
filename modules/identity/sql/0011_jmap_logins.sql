-- App passwords for JMAP (R53), and the same switch as at the mail account.
alter table identity_app_passwords drop constraint identity_app_passwords_protocols_check;
alter table identity_app_passwords add constraint identity_app_passwords_protocols_check
  check (cardinality(protocols) > 0 and protocols <@ array['imap', 'pop3', 'smtp', 'jmap']);
alter table identity_principals no force row level security;
update identity_principals set protocols = protocols || '{jmap}'::text[]
  where realm = 'mail' and protocols @> '{imap,smtp}'::text[];
alter table identity_principals force row level security;
