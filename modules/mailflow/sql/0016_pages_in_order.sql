-- outside a transaction
-- What a customer's pages list newest first, in the order of the page: one reads what it shows, whatever lies behind it. The
-- precision is named, though no time here is finer: so the planner cannot take the order from the index of everybody's
-- events, which leads through the others' to those of who has had no mail for a while.
create index concurrently if not exists mailflow_events_newest on mailflow_events (tenant_id, (at::timestamptz(3)) desc, seq desc);
