-- What is held back is sent though its message is destroyed meanwhile (RFC 8621 §7): the submission names the bytes itself, and
-- while it waits the collector leaves them alone. Null: noted by an earlier version, which sends what the message names.
alter table mailbox_submissions add column blob_id uuid;
