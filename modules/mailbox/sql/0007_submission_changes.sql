-- When a submission was made and last changed, in the account's counter, so that a client can be told what is new
-- (RFC 8621 §7.2). What was there before counts as old.
alter table mailbox_submissions add column created_modseq bigint not null default 0;
alter table mailbox_submissions add column modseq bigint not null default 0;
alter table mailbox_submissions alter column created_modseq drop default, alter column modseq drop default;
create index mailbox_submissions_changes on mailbox_submissions (tenant_id, account_id, modseq);
