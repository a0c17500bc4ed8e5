-- What senders asked to be told (RFC 3461). `dsn_notify`: null is not said, which means failures; empty is never.
alter table mailflow_queue add column dsn_notify text[] check (dsn_notify <@ array['success', 'failure', 'delay']);
alter table mailflow_queue add column dsn_original text check (length(dsn_original) <= 500);
alter table mailflow_queue add column dsn_envelope text check (length(dsn_envelope) <= 100);
alter table mailflow_queue add column dsn_returns text check (dsn_returns in ('full', 'headers'));
alter table mailflow_queue add column is_delay_told boolean not null default false;
alter table mailflow_deliveries add column dsn_notify text[] check (dsn_notify <@ array['success', 'failure', 'delay']);
alter table mailflow_deliveries add column dsn_original text check (length(dsn_original) <= 500);
alter table mailflow_deliveries add column dsn_envelope text check (length(dsn_envelope) <= 100);
alter table mailflow_deliveries add column dsn_returns text check (dsn_returns in ('full', 'headers'));
alter table mailflow_deliveries add column is_delay_told boolean not null default false;
