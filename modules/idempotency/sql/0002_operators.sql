-- Operators' acts, too, are done once under a key. What they do across customers commits in a transaction of the operator
-- role, and its answer beside it in the provider's own rows; no customer's rows are opened to that role.
create policy operator on idempotency_answers to cf_ops
  using (tenant_id = '00000000-0000-7000-8000-000000000001')
  with check (tenant_id = '00000000-0000-7000-8000-000000000001');
grant select, insert, update on idempotency_answers to cf_ops;
