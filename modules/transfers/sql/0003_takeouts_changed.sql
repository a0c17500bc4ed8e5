-- When a takeout last moved: one whose job was given up is found by it. When it was last fetched: pieces of one fetching are
-- one row of the log.
alter table transfers_takeouts
  add column changed_at timestamptz not null default now(),
  add column taken_at timestamptz;
create index transfers_transfers_ended on transfers_transfers (tenant_id, ended_at) where ended_at is not null;
