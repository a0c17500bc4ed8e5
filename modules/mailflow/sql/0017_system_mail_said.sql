-- A mail of the service itself, said where it is composed: its ids do not tell, for a report about a domain has the same.
alter table mailflow_outgoing add column is_system boolean not null default false;
drop index mailflow_outgoing_system;
create index mailflow_outgoing_system on mailflow_outgoing (id) where is_system;
