-- outside a transaction
-- The quarantine's page, as 0016 does for the trace.
create index concurrently if not exists mailflow_quarantine_newest on mailflow_quarantine (tenant_id, id desc) where state = 'held';
