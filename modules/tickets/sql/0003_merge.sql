-- Two requests of one customer made one (O6). What was said of a merged one stays where it is, and is read with the one that goes on.
-- The flags make the reference name only a request that is not merged itself: no chain, no cycle, and never another customer's.
alter table tickets_tickets
  add column merged_into uuid,
  add column merged_at timestamptz,
  add column is_survivor boolean not null default true,
  add column into_survivor boolean,
  add constraint tickets_merged check (
    is_survivor = (merged_into is null) and coalesce(into_survivor, false) = (merged_into is not null)
    and (merged_at is null) = (merged_into is null)),
  add constraint tickets_merged_ends check (merged_into is null or state = 'closed'),
  add constraint tickets_survivor unique (tenant_id, id, is_survivor),
  add constraint tickets_merged_into foreign key (tenant_id, merged_into, into_survivor)
    references tickets_tickets (tenant_id, id, is_survivor) on update cascade;
create index tickets_merged_from on tickets_tickets (tenant_id, merged_into) where merged_into is not null;
