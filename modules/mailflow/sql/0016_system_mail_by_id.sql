-- Mails of the service itself, which alone have their trace's id: a report that comes back for one names nothing else.
create index mailflow_outgoing_system on mailflow_outgoing (id) where mail_account_id is null and id = trace_id;
