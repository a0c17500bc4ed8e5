-- A mail of the service itself, said where it is composed: its ids do not tell, for a report about a domain has the same.
alter table mailflow_outgoing add column is_system boolean not null default false;
