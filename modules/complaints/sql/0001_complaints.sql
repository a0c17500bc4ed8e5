-- Somebody tells us of illegal content (Regulation (EU) 2022/2065, art. 16). The provider's own: no customer reads it.
create table complaints_complaints (
  id uuid primary key,
  number bigint generated always as identity (start with 1001) unique,
  received_at timestamptz not null,
  -- Exactly where: an address, a link, a mailbox.
  location text not null check (length(location) between 1 and 1000),
  -- What it is, and why it is illegal.
  reasons text not null check (length(reasons) between 1 and 8000),
  is_about_children boolean not null,
  endangers_life boolean not null,
  -- Nobody has to sign a complaint about children.
  name text check (length(name) between 1 and 200),
  address text check (length(address) between 3 and 320),
  language text not null check (language in ('it', 'en')),
  -- Whom the authority named, where somebody's life is at stake (art. 18).
  authority_reference text check (length(authority_reference) between 1 and 500),
  authority_told_by uuid,
  authority_told_at timestamptz,
  state text not null default 'open' check (state in ('open', 'upheld', 'rejected')),
  about_tenant uuid references tenancy_tenants (tenant_id),
  violation_id uuid,
  decision text check (length(decision) between 1 and 4000),
  decided_by uuid,
  decided_at timestamptz,
  check (is_about_children or (name is not null and address is not null)),
  check ((name is null) = (address is null)),
  check (num_nulls(authority_reference, authority_told_by, authority_told_at) in (0, 3)),
  check ((state = 'open') = (decided_at is null)),
  check (num_nulls(decision, decided_by, decided_at) in (0, 3)),
  constraint complaints_authority_first check (state = 'open' or not endangers_life or authority_told_at is not null),
  check ((violation_id is null) or (state = 'upheld' and about_tenant is not null))
);
create index complaints_complaints_open on complaints_complaints (received_at) where state = 'open';
grant select, update on complaints_complaints to cf_ops;
grant insert (id, received_at, location, reasons, is_about_children, endangers_life, name, address, language)
  on complaints_complaints to cf_app;
grant select (id, number) on complaints_complaints to cf_app;
