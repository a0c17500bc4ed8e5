-- What is held back is sent though its message is destroyed meanwhile (RFC 8621 §7): the submission names the bytes itself, and
-- while it waits the collector leaves them alone. Null: noted by an earlier version, which sends what the message names.
alter table mailbox_submissions add column blob_id uuid;
alter table mailbox_submissions no force row level security;
alter table mailbox_messages no force row level security;
update mailbox_submissions s set blob_id = m.blob_id from mailbox_messages m
  where s.state = 'pending' and m.tenant_id = s.tenant_id and m.id = s.message_id;
alter table mailbox_submissions force row level security;
alter table mailbox_messages force row level security;
create index mailbox_submissions_held on mailbox_submissions (tenant_id, blob_id) where state = 'pending';
