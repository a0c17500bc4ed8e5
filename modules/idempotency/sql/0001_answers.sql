-- The first answer under each key (security.md, check 38). Sealed by the program: some answers hold a secret that is
-- shown once, and requests hold passwords, so neither can be read or guessed from here.
create table idempotency_answers (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  -- The person, or the token that speaks for them.
  caller_id uuid not null,
  key text not null check (length(key) between 1 and 100),
  request_mac bytea not null,
  status integer not null check (status between 200 and 299),
  sealed_answer bytea not null,
  created_at timestamptz not null,
  primary key (tenant_id, caller_id, key)
);
create index idempotency_answers_age on idempotency_answers (tenant_id, created_at);
select cf_tenant_table('idempotency_answers');
