-- Where answers to an identity's messages go, and who gets a blind copy of them (RFC 8621 §6): lists of names and addresses.
alter table mailbox_identities add column reply_to jsonb;
alter table mailbox_identities add column bcc jsonb;
