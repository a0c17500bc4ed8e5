-- The message is in its recipient's mailbox here; sent to elsewhere, nobody knows.
alter table mailflow_queue add column is_delivered boolean not null default false;
