-- outside a transaction
-- By the id that a report names which comes back for such a mail.
create index concurrently if not exists mailflow_outgoing_system on mailflow_outgoing (id) where is_system;
