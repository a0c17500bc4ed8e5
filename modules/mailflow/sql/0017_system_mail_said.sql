-- A mail of the service itself, said where it is composed: its ids do not tell, for a report about a domain has the same. Of
-- those on their way only such to one recipient are taken for one, who can speak for nobody else.
alter table mailflow_outgoing add column is_system boolean not null default false;
alter table mailflow_outgoing no force row level security;
alter table mailflow_queue no force row level security;
update mailflow_outgoing o set is_system = true
  where o.mail_account_id is null and o.id = o.trace_id
    and (select count(*) from mailflow_queue q where q.tenant_id = o.tenant_id and q.outgoing_id = o.id) = 1;
alter table mailflow_outgoing force row level security;
alter table mailflow_queue force row level security;
