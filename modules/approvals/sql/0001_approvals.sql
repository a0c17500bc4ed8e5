-- What one operator may only ask for and another decides (R91). The provider's own: customers' roles do not reach it.
create table approvals_requests (
  id uuid primary key,
  kind text not null check (kind ~ '^[a-z_]+\.[a-z_]+$'),
  -- What it is about, in a few words and ids, for the list.
  subject text not null check (length(subject) between 1 and 200),
  payload jsonb not null,
  state text not null default 'pending' check (state in ('pending', 'approved', 'refused', 'withdrawn')),
  requested_by uuid not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > requested_at),
  decided_by uuid,
  decided_at timestamptz,
  reason text check (length(reason) <= 1000),
  check ((state = 'pending') = (decided_by is null)),
  check ((decided_by is null) = (decided_at is null)),
  -- Four eyes: nobody approves what he asked for himself. Withdrawing it is his right.
  constraint approvals_four_eyes check (state not in ('approved', 'refused') or decided_by <> requested_by)
);
create index approvals_requests_pending on approvals_requests (requested_at) where state = 'pending';
grant select, insert, update on approvals_requests to cf_ops;
