-- Whose rules sent it on or answered by themselves, so that it is held when that account is stopped; null for whatever else.
alter table mailflow_outgoing add column rules_of uuid;
