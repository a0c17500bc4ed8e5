-- The incident or maintenance that a request is about (O6), one of module notices; an operator says so.
alter table tickets_tickets add column notice_id uuid;
create index tickets_of_notice on tickets_tickets (notice_id, tenant_id) where notice_id is not null;

-- What an operator answered to every live request about what was over. The provider's: no customer stands in it.
create table tickets_linked_answers (
  id uuid primary key,
  notice_id uuid not null,
  text_it text not null check (length(text_it) between 1 and 4000),
  text_en text not null check (length(text_en) between 1 and 4000),
  author_id uuid not null,
  at timestamptz not null
);
grant select, insert on tickets_linked_answers to cf_ops;
