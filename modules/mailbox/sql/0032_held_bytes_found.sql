-- outside a transaction
-- By the bytes that a waiting submission holds: the collector asks for them.
create index concurrently if not exists mailbox_submissions_held on mailbox_submissions (tenant_id, blob_id) where state = 'pending';
