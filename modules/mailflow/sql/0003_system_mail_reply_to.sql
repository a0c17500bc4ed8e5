-- A mail of the service may come from another address of the provider's than noreply, and name where answers go.
alter table mailflow_system_mail add column sender text not null default '';
alter table mailflow_system_mail add column reply_to text not null default '';
